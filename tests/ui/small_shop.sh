# Makes $scratch/shop.aisle, the small shop of the tests of screens, and trains it.
#
# Forty people with two tastes buy thirty items over a year.
awk 'BEGIN {
    print "user_id,item_id,timestamp,quantity,price"
    for (n = 0; n < 600; n++) {
        user = (n * 7) % 40; k = int(n / 40); item = (k * k + 4 * user) % 15 * 2 + user % 2
        printf "u%d,i%d,%d,%d,%d.50\n", user, item, 1735689600 + n * 52560, 1 + n % 3, 3 + item
    }
}' >"$scratch/purchases.csv"
awk 'BEGIN {
    print "item_id,title,category,brand"
    split("Espresso machine|Paper filters|Rain shell|Wool socks|安娜 teapot", title, "|")
    for (i = 0; i < 30; i++)
        printf "i%d,%s no. %d,%s,%s\n", i, title[i % 5 + 1], i, i % 2 ? "outdoor" : "kitchen", i % 3 ? "Corvo" : "Åsa"
}' >"$scratch/items.csv"
awk 'BEGIN {
    print "user_id,name,segment,age"
    split("Anna Kowalska|Annika Sørensen|安娜 林|José Núñez", name, "|")
    for (u = 0; u < 42; u++) printf "u%d,%s %d,%s,%d\n", u, name[u % 4 + 1], u, u % 3 ? "A" : "B", 20 + u
}' >"$scratch/users.csv"
"$AISLE" -d "$scratch/shop.aisle" import "$scratch/purchases.csv" "$scratch/items.csv" \
    "$scratch/users.csv" >/dev/null 2>&1
"$AISLE" -d "$scratch/shop.aisle" train popular user-cf item-cf >/dev/null 2>&1

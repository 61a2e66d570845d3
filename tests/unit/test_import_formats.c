/* Each format on small inputs, good and bad: what goes in, what comes out. */
#include "../support/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct sample_case {
    const char *format, *file, *map; /* format NULL: to be detected */
    const char *in, *out;
};

static const struct sample_case cases[] = {
    /* purchases */
    { NULL, "p.csv", NULL,
      "user_id,item_id,timestamp\nu1,i1,2021-01-01 00:00:00\nu2,,2021-01-01\n"
      "u3,i3,not-a-date\nu4,i4,1609459200\n",
      "event 2 u1 i1 2021-01-01 00:00:00 purchase\nreject 3 no item\nreject 4 not a date\n"
      "event 5 u4 i4 2021-01-01 00:00:00 purchase\n" },
    { NULL, "p.tsv", NULL,
      "visitorid\tevent\titemid\ttimestamp\n1\tview\t2\t1609459200000\n"
      "1\taddtocart\t2\t1609459201000\n1\ttransaction\t2\t1609459202000\n"
      "1\tremove\t2\t1609459203000\n",
      "event 2 1 2 2021-01-01 00:00:00 view\nevent 3 1 2 2021-01-01 00:00:01 cart\n"
      "event 4 1 2 2021-01-01 00:00:02 purchase\nreject 5 not a known type of event\n" },
    { NULL, "p.csv", NULL,
      "\xEF\xBB\xBF"
      "Customer ID;SKU;Qty;Price\r\n007;a b;2;1.5\r\n8;c;-1;\r\n"
      "9;d;0;1\r\n10;e;x;1\r\n\r\n",
      "event 2 007 a b purchase x2 1.5\nevent 3 8 c return\nreject 4 quantity is 0\n"
      "reject 5 quantity is not a number\n" },
    { NULL, "p.csv", NULL, "user|item|rating\n1|2|4.5\n1|3|\n1|4|good\n",
      "event 2 1 2 rating 4.5\nevent 3 1 3 purchase\nreject 4 rating is not a number\n" },
    { NULL, "p.csv", "user=who,item=what,time=3", "who,what,x\n1,2,2021-01-01\n",
      "event 2 1 2 2021-01-01 00:00:00 purchase\n" },
    { "purchases", "p.csv", "user=nobody", "who,what\n1,2\n",
      "failed: --map: no column nobody; there are: who, what\n" },
    { "purchases", "p.csv", "who=user", "who,what\n1,2\n",
      "failed: --map knows user, item, friend, time, clock, rating, weight, quantity, price, "
      "total, type, name, category, order, status, currency, firstname, lastname and id, not "
      "'who'\n" },
    { "purchases", "p.csv", NULL, "who,what\n1,2\n",
      "failed: the header names no column for the user and the item; say which with --map "
      "user=COLUMN,item=COLUMN\n" },
    { NULL, "p.csv", NULL,
      "user,item,title\n1,a,\"One, or\n\"\"1\"\"\"\n2,a,\"Two\"\n3,a,Two\n4,a,x,y\n",
      "event 2 1 a purchase\nevent 4 2 a purchase\nevent 5 3 a purchase\n"
      "reject 6 more cells than columns\nitem 0 a \"Two\"\n" },
    { NULL, "p.csv", NULL, "user,item\n1,\"open\n2,b\n3,c\n",
      "reject 2 a quote that is not closed\nevent 3 2 b purchase\nevent 4 3 c purchase\n" },
    { NULL, "p.csv", NULL, "user,item\n\"1\",\"a\"\n\"2\"\n",
      "event 2 1 a purchase\nreject 3 no item\n" },
    { NULL, "p.csv", NULL, "user,item\n1,\"a\r\n\rb\"\n2,\"c\"\rd\n",
      "event 2 1 a\xe2\x90\x8a\xe2\x90\x8d"
      "b purchase\nreject 4 a quote that is not closed\n" },
    /* dates: a day above 12 decides for the whole file */
    { NULL, "d.csv", NULL, "user,item,date\n1,2,1/2/2010\n1,2,12/31/2010\n",
      "event 2 1 2 2010-01-02 00:00:00 purchase\nevent 3 1 2 2010-12-31 00:00:00 purchase\n" },
    { NULL, "d.csv", NULL, "user,item,date\n1,2,1/2/2010\n1,2,31/12/2010\n",
      "event 2 1 2 2010-02-01 00:00:00 purchase\nevent 3 1 2 2010-12-31 00:00:00 purchase\n" },
    { NULL, "d.csv", NULL, "user,item,date\n1,2,1/2/2010 8:26\n",
      "failed: dates such as 1/2/2010 8:26 in 'date' can be read in more than one way: say which "
      "comes first with --dates dmy, --dates mdy or --dates ymd\n" },
    { NULL, "d.csv", NULL, "user,item,date\n1,2,\n", "event 2 1 2 purchase\n" },
    /* users, items, friends */
    { NULL, "users.csv", NULL, "id,name,age,Region\n1,Ann,30,North\n,Bob,1,x\n2,,,\n",
      "user 2 1 \"Ann\" age=30 Region=North\nreject 3 no user\nuser 4 2\n" },
    { NULL, "u.csv", NULL, "customer_id,segment\n1,gold\n", "user 2 1 segment=gold\n" },
    { NULL, "items.csv", NULL,
      "item_id,title,genre,price\ni1,Caf\xe9,a|b,2\ni2,\"x \xe2\x82\xac\",,\n",
      "item 2 i1 \"Caf\xc3\xa9\" category=a|b price=2\nitem 3 i2 \"x \xe2\x82\xac\"\n" },
    { NULL, "f.csv", NULL, "user,friend\n1,2\n1,\n3,3\n",
      "friend 2 1 2\nreject 3 no friend\nreject 4 a friend of oneself\n" },
    /* movielens-100k */
    { NULL, "u.data", NULL, "196\t242\t3\t881250949\n186\t302\t3\n1\t2\tx\t881250949\n",
      "failed: not a file that aisle knows\n" },
    { "movielens-100k", "u.data", NULL,
      "196\t242\t3\t881250949\n186\t302\t3\n1\t2\tx\t881250949\n1\t2\t3\tx\n\t2\t3\t881250949\n",
      "event 1 196 242 1997-12-04 15:55:49 rating 3\nreject 2 not four columns\n"
      "reject 3 rating is not a number\nreject 4 not a date\nreject 5 no user\n" },
    { NULL, "u.item", NULL,
      "1|Caf\xe9 (1995)|01-Jan-1995||http://x|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n2|short\n",
      "item 1 1 \"Caf\xc3\xa9 (1995)\" released=01-Jan-1995 category=Animation|Children's|Comedy\n"
      "reject 2 not 24 columns\n" },
    { NULL, "u.user", NULL, "1|24|M|technician|85711\n2|53|F\n",
      "user 1 1 age=24 gender=M occupation=technician zip=85711\nreject 2 not five columns\n" },
    /* movielens-1m */
    { NULL, "ratings.dat", NULL, "1::1193::5::978300760\n1::661::3.5::978302109\n",
      "event 1 1 1193 2000-12-31 22:12:40 rating 5\nevent 2 1 661 2000-12-31 22:35:09 rating "
      "3.5\n" },
    { NULL, "movies.dat", NULL, "1::Toy Story: 2::Animation|Comedy\n2::A::B::Drama\n3::C:D::\n",
      "item 1 1 \"Toy Story: 2\" category=Animation|Comedy\n"
      "item 2 2 \"A::B\" category=Drama\n"
      "item 3 3 \"C:D\"\n" },
    { NULL, "users.dat", NULL, "1::F::1::10::48067\n",
      "user 1 1 age=under 18 gender=F occupation=K-12 student zip=48067\n" },
    /* movielens */
    { NULL, "ratings.csv", NULL, "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n",
      "event 2 1 31 2009-12-14 02:52:24 rating 2.5\n" },
    { NULL, "movies.csv", NULL, "movieId,title,genres\n1,\"A, The (1995)\",(no genres listed)\n",
      "item 2 1 \"A, The (1995)\" category=(no genres listed)\n" },
    { NULL, "tags.csv", NULL, "userId,movieId,tag,timestamp\n1,2,x,3\n",
      "failed: not a file that aisle knows\n" },
    /* amazon: the item first or second, JSON of each release */
    { NULL, "ratings_Beauty.csv", NULL,
      "A39HTATAQ9V7YF,0205616461,5.0,1369699200\nA3JM6GV9MNOF9X,B0007OWASE,3.0,1355443200\n"
      "A1,B0007OWASE,x,1\nA1,B0007OWASE\n",
      "event 1 A39HTATAQ9V7YF 0205616461 2013-05-28 00:00:00 rating 5\n"
      "event 2 A3JM6GV9MNOF9X B0007OWASE 2012-12-14 00:00:00 rating 3\n"
      "reject 3 rating is not a number\nreject 4 not four columns\n" },
    { NULL, "Gift_Cards.csv", NULL, "B001GXRQW0,APV13CM0919JD,1.0,1229644800\n",
      "event 1 APV13CM0919JD B001GXRQW0 2008-12-19 00:00:00 rating 1\n" },
    { NULL, "Gift_Cards.csv", NULL,
      "user_id,parent_asin,rating,timestamp\nAEZ3CR6B,B07ZJS3SB5,5.0,1606543041000\n",
      "event 2 AEZ3CR6B B07ZJS3SB5 2020-11-28 05:57:21 rating 5\n" },
    { NULL, "reviews.json", NULL,
      "{\"overall\": 4.0, \"reviewerID\": \"A3\", \"asin\": \"B0\", \"unixReviewTime\": "
      "1229644800}\n"
      "{\"overall\": 4.0, \"asin\": \"B0\"\n{\"overall\": \"x\", \"reviewerID\": \"A\", "
      "\"asin\": \"B\"}\n{\"overall\": 1, \"reviewerID\": \"\", \"asin\": \"B\"}\n[1]\n",
      "event 1 A3 B0 2008-12-19 00:00:00 rating 4\nreject 2 not a JSON object\n"
      "reject 3 rating is not a number\nreject 4 no user\nreject 5 not a JSON object\n" },
    { NULL, "x.jsonl", NULL,
      "{\"rating\": 5, \"title\": \"Good\", \"asin\": \"B1\", \"parent_asin\": \"B0\", "
      "\"user_id\": "
      "\"AE\", \"timestamp\": 1606543041000}\n",
      "event 1 AE B0 2020-11-28 05:57:21 rating 5\n" },
    { NULL, "meta.json", NULL,
      "{\"asin\": \"B0\", \"title\": \" Card \", \"category\": [\"Gifts\", \"Cards\", \"Gifts\"], "
      "\"brand\": \"Zz\", \"price\": \"$1,025.50\", \"description\": [\"a\", \"b\"]}\n"
      "{\"parent_asin\": \"B1\", \"title\": null, \"categories\": [[\"X\"]], \"store\": \"S\", "
      "\"price\": 3}\n{\"title\": \"none\"}\n",
      "item 1 B0 \"Card\" category=Gifts|Cards brand=Zz price=1025.5 description=a|b\n"
      "item 2 B1 category=X brand=S price=3\nreject 3 no item\n" },
    { NULL, "meta_Beauty.json", NULL, "{'asin': '0001048791', 'title': 'x'}\n",
      "reject 1 not a JSON object\n" },
    /* gorse */
    { NULL, "feedback.jsonl", NULL,
      "{\"FeedbackType\":\"star\",\"UserId\":\"u\",\"ItemId\":\"i\",\"Timestamp\":"
      "\"2021-01-01T00:00:00Z\"}\n{\"FeedbackType\":\"read\",\"UserId\":1,\"ItemId\":2}\n"
      "{\"FeedbackType\":\"rating\",\"UserId\":\"u\",\"ItemId\":\"i\",\"Value\":4}\n"
      "{\"FeedbackType\":\"star\",\"UserId\":\"u\",\"ItemId\":\"\"}\n"
      "{\"FeedbackType\":\"star\",\"UserId\":\"u\",\"ItemId\":\"i\",\"Timestamp\":\"soon\"}\n",
      "event 1 u i 2021-01-01 00:00:00 purchase\nevent 2 1 2 view\nevent 3 u i rating 4\n"
      "reject 4 no item\nreject 5 not a date\n" },
    { NULL, "items.jsonl", NULL,
      "{\"ItemId\":\"i\",\"IsHidden\":true,\"Categories\":[\"a\",\"b\"],\"Labels\":[\"x\"],"
      "\"Comment\":\"One\"}\n{\"IsHidden\":false}\n",
      "item 1 i \"One\" category=a|b labels=x active=no\nreject 2 no item\n" },
    { NULL, "users.jsonl", NULL, "{\"UserId\":\"u\",\"Labels\":[\"gold\"],\"Comment\":\"Ann\"}\n",
      "user 1 u \"Ann\" labels=gold\n" },
    /* google-retail */
    { NULL, "events.jsonl", NULL,
      "{\"eventType\":\"purchase-complete\",\"visitorId\":\"v\",\"eventTime\":"
      "\"2021-01-01T00:00:00.5Z\",\"productDetails\":[{\"product\":{\"id\":\"a\"},\"quantity\":2},"
      "{\"product\":{\"id\":\"b\"}}]}\n"
      "{\"eventType\":\"search\",\"visitorId\":\"v\",\"eventTime\":\"2021-01-01T00:00:00Z\"}\n"
      "{\"eventType\":\"add-to-cart\",\"visitorId\":\"v\",\"userInfo\":{\"userId\":\"u\"},"
      "\"eventTime\":\"2021-01-01T00:00:00Z\",\"productDetails\":[{\"product\":{\"id\":\"a\"}}]}\n"
      "{\"eventType\":\"detail-page-view\",\"visitorId\":\"v\",\"productDetails\":[]}\n"
      "{\"eventType\":\"purchase-complete\",\"visitorId\":\"v\",\"productDetails\":[{\"product\":"
      "{\"id\":\"a\"}},{\"product\":{\"id\":\"b\"},\"quantity\":-1}]}\n",
      "event 1 v a 2021-01-01 00:00:00 purchase x2\nevent 1 v b 2021-01-01 00:00:00 purchase\n"
      "reject 2 not a type of event about products\nevent 3 u a 2021-01-01 00:00:00 cart\n"
      "reject 4 no item\nreject 5 quantity is not a number above 0\n" },
    { NULL, "products.jsonl", NULL,
      "{\"id\":\"a\",\"title\":\"One\",\"categories\":[\"A > B\"],\"brands\":[\"Z\"],\"priceInfo\":"
      "{\"price\":2.5},\"availability\":\"OUT_OF_STOCK\"}\n",
      "item 1 a \"One\" category=A > B brand=Z price=2.5 stock=0\n" },
    /* retailrocket */
    { NULL, "events.csv", NULL,
      "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n"
      "1433224214164,992329,transaction,248676,4000\n1,2,stare,3,\n1,2,view\nx,1,view,2,\n",
      "event 2 257597 355908 2015-06-02 05:02:12 view\n"
      "event 3 992329 248676 2015-06-02 05:50:14 purchase\nreject 4 not a known type of event\n"
      "reject 5 not five columns\nreject 6 not a date\n" },
    { NULL, "item_properties_part1.csv", NULL,
      "timestamp,itemid,property,value\n1435460400000,460429,categoryid,1338\n"
      "1441508400000,206783,888,1116713 "
      "960601\n1439089200000,395014,available,0\n1,,categoryid,2\n",
      "item 2 460429 category=1338\nitem 4 395014 stock=0\nreject 5 no item\n" },
    { NULL, "category_tree.csv", NULL, "categoryid,parentid\n1016,213\n",
      "failed: not a file that aisle knows\n" },
    /* personalize */
    { NULL, "interactions.csv", NULL,
      "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\nu,i,1609459200,Purchase,2.5\n"
      "u,i,1609459200,click,\nu,i,x,click,\nu,i,1609459200,stare,\nu,,1609459200,click,\n",
      "event 2 u i 2021-01-01 00:00:00 purchase 2.5\nevent 3 u i 2021-01-01 00:00:00 view\n"
      "reject 4 not a date\nreject 5 not a known type of event\nreject 6 no item\n" },
    { NULL, "ratings.csv", NULL, "USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\nu,i,1609459200,4\n",
      "event 2 u i 2021-01-01 00:00:00 rating 4\n" },
    { NULL, "x.csv", NULL, "ITEM_ID,PRICE,CATEGORY_L1\ni,2,a|b\n",
      "item 2 i PRICE=2 category=a|b\n" },
    { NULL, "x.csv", NULL, "USER_ID,AGE\nu,31\n", "user 2 u AGE=31\n" },
    /* shopify: what belongs to the order is carried down */
    { NULL, "orders_export.csv", NULL,
      "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
      "Lineitem sku,Cancelled at,Vendor\n"
      "#1001,a@x.org,paid,2021-01-01 12:00:00 -0500,2,Tea,3.50,T-1,,Kahve\n"
      "#1001,,,,1,Cup,9,,,\n"
      "#1002,b@x.org,paid,2021-01-02 12:00:00 +0000,1,Tea,3.50,T-1,2021-01-03 12:00:00 +0000,\n"
      "#1002,,,,1,Cup,9,,,\n"
      "#1003,c@x.org,refunded,2021-01-02 12:00:00 +0000,1,Tea,3.50,T-1,,\n"
      "#1004,,paid,2021-01-02 12:00:00 +0000,1,Tea,3.50,T-1,,\n"
      "#1005,d@x.org,paid,2021-01-02 12:00:00 +0000,0,Tea,3.50,T-1,,\n",
      "event 2 a@x.org T-1 2021-01-01 17:00:00 purchase x2 3.5\nitem 2 T-1 brand=Kahve\n"
      "event 3 a@x.org Cup 2021-01-01 17:00:00 purchase 9\nreject 4 a cancelled order\n"
      "reject 5 a cancelled order\nreject 6 a refunded order\nreject 7 no customer\n"
      "reject 8 quantity is not above 0\nitem 0 T-1 \"Tea\"\nitem 0 Cup \"Cup\"\n" },
    { "shopify", "x.csv", NULL, "a,b\n1,2\n",
      "failed: Shopify's orders have the columns Name, Email, Created at, Lineitem quantity and "
      "Lineitem name\n" },
    /* lists */
    { NULL, "other.csv", NULL,
      "user,item,rank,score,model\nu,i,1,0.5,als\nu,j,2,,als\nu,,3,1,als\nu,k,0,1,als\n"
      "u,k,1,x,als\n,k,1,1,als\n",
      "listed 2 u i #1 0.5 als\nlisted 3 u j #2 als\nreject 4 no item\n"
      "reject 5 rank is not a number above 0\nreject 6 score is not a number\nreject 7 no user\n" },
    { NULL, "other.tsv", NULL, "customer_id\tsku\tposition\nu\ti\t1\n", "listed 2 u i #1 \n" },
    { "lists", "x.csv", NULL, "user,item\n1,2\n",
      "failed: lists have columns for the user, the item and the rank\n" },
    /* recbole */
    { NULL, "x.inter", NULL,
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n"
      "1\t2\t3\n1\t2\tx\t1\n1\t2\t4.5\t881250949.0\n",
      "event 2 196 242 1997-12-04 15:55:49 rating 3\nreject 3 not as many columns as the header\n"
      "reject 4 rating is not a number\nevent 5 1 2 1997-12-04 15:55:49 rating 4.5\n" },
    { NULL, "x.item", NULL,
      "item_id:token\tmovie_title:token_seq\tclass:token_seq\n1\tToy Story\tAnimation Comedy\n",
      "item 2 1 \"Toy Story\" category=Animation|Comedy\n" },
    { NULL, "x.user", NULL, "user_id:token\tage:float\n1\t24\n", "user 2 1 age=24\n" },
    { NULL, "x.net", NULL, "source_id:token\ttarget_id:token\n1\t2\n", "friend 2 1 2\n" },
    { NULL, "x.link", NULL, "item_id:token\tentity_id:token\n1\tm.1\n",
      "failed: not a file that aisle knows\n" },
    /* sasrec */
    { NULL, "a.txt", NULL, "1 1\n1 2\n\n2 1\n",
      "event 1 1 1 purchase\nevent 2 1 2 purchase\nevent 4 2 1 purchase\n" },
    { NULL, "a.txt", NULL, "1 1 2 3\r\n2 6 4\r\n",
      "event 1 1 1 purchase\nevent 1 1 2 purchase\nevent 1 1 3 purchase\nevent 2 2 6 purchase\n"
      "event 2 2 4 purchase\n" },
    { "sasrec", "a.txt", NULL, "ann 01\nbob\n", "event 1 ann 01 purchase\nreject 2 no item\n" },
    { NULL, "sas_to_original_items.txt", NULL, "1 1198\n",
      "failed: not a file that aisle knows\n" },
    /* online-retail */
    { NULL, "r.csv", NULL,
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
      "1,A,mug,6,2010-12-01 08:26:00,2.55,17850.0,France\n"
      "2,B,?,1,2010-12-01 08:27:00,1,,France\n"
      "C3,A,MUG,-6,2010-12-01 08:28:00,2.55,17850,France\n"
      "4,A,MUG,1,2010-12-01 08:29:00,2.55,17851,\n5,A,,x,2010-12-01 08:29:00,2.55,17851,\n",
      "event 2 17850 A 2010-12-01 08:26:00 purchase x6 2.55\nuser 2 17850 country=France\n"
      "item 3 B\nreject 3 no customer\n"
      "event 4 17850 A 2010-12-01 08:28:00 return x6 2.55\n"
      "event 5 17851 A 2010-12-01 08:29:00 purchase 2.55\nreject 6 quantity is not a number\n"
      "item 0 A \"MUG\"\nitem 0 B \"?\"\n" },
    { NULL, "r2.csv", NULL,
      "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
      "1,A,mug,1,12/1/2010 8:26,2,7,UK\n2,A,mug,1,12/13/2010 8:26,2,7,UK\n",
      "event 2 7 A 2010-12-01 08:26:00 purchase 2\nuser 2 7 country=UK\n"
      "event 3 7 A 2010-12-13 08:26:00 purchase 2\nitem 0 A \"mug\"\n" },
    /* lastfm */
    { NULL, "user_artists.dat", NULL, "userID\tartistID\tweight\r\n2\t51\t13883\r\n2\t52\r\n",
      "event 2 2 51 weight 13883\nreject 3 not three columns\n" },
    { NULL, "artists.dat", NULL,
      "id\tname\turl\tpictureURL\n1\t\"Weird\" Al\thttp://a\thttp://b\n2\tx\thttp://a\n",
      "item 2 1 \"\"Weird\" Al\" url=http://a picture=http://b\nitem 3 2 \"x\" url=http://a\n" },
    { NULL, "user_friends.dat", NULL, "userID\tfriendID\n2\t275\n", "friend 2 2 275\n" },
    { NULL, "tags.dat", NULL, "tagID\ttagValue\n1\tmetal\n",
      "failed: not a file that aisle knows\n" },
    /* text */
    { NULL, "t.txt", NULL,
      "User 123 bought item 456 at 2021-01-01 00:00:00.\nUser 1 ate item 2.\nnonsense\n",
      "event 1 123 456 2021-01-01 00:00:00 purchase\n"
      "reject 2 no 'bought', 'returned', 'rated', 'played', 'viewed' or 'added'\n"
      "reject 3 not a whole sentence\n" },
    { "text", "t.txt", NULL, "User \"a\\x00\" bought item 2.\n", "reject 1 a NUL byte\n" },
};

static int one_case(const struct sample_case *c)
{
    struct text out = { 0 };
    int differs;

    records_read(&out, c->format, c->file, c->map, c->in, strlen(c->in));
    differs = strcmp(out.bytes ? out.bytes : "", c->out) != 0;
    if (differs)
        print_error("%s:\n%s\ngave\n%s\nwanted\n%s\n", c->format ? c->format : c->file, c->in,
                    out.bytes ? out.bytes : "", c->out);
    text_fini(&out);
    return differs;
}

static void every_sample_reads_as_written(void **state)
{
    int failures = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        failures += one_case(&cases[i]);
    assert_int_equal(failures, 0);
}

static int64_t count_of(const char *text, const char *word)
{
    const size_t length = strlen(word);
    const char *end = text + strlen(text);
    int64_t n = 0;

    /* Not strstr(): under the address sanitizer every call of it measures the whole rest. */
    for (const char *at = text; (at = memchr(at, word[0], (size_t)(end - at))); at++)
        n += (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
    return n;
}

/* 1,000,000 bytes in one cell are a title; 20 MB on one line are a bad row, and no more. */
static void long_cells(void **state)
{
    static const char header[] = "item_id,title\ni1,\"", tail[] = "\"\ni2,x\n";
    const size_t sizes[] = { 1000000, 20000000 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text in = { 0 }, out = { 0 };

        text_add_string(&in, header);
        for (size_t n = 0; n < sizes[i]; n += 1000) {
            char block[1000];

            memset(block, 'a', sizeof block);
            text_add(&in, block, sizeof block);
        }
        text_add_string(&in, tail);
        records_read(&out, NULL, "items.csv", NULL, in.bytes, in.length);
        assert_int_equal(count_of(out.bytes, "item 3 i2 \"x\"\n"), 1);
        assert_int_equal(count_of(out.bytes, "item 2 i1 \""), i == 0);
        assert_int_equal(count_of(out.bytes, "reject 2 a line of more than 16 MB\n"), i == 1);
        text_fini(&in);
        text_fini(&out);
    }
}

/* Quotes that are never closed cost their line and no other, wherever they stand. */
static void open_quotes_cost_one_line_each(void **state)
{
    struct text in = { 0 }, out = { 0 };

    (void)state;
    text_add_string(&in, "user,item\n");
    for (int i = 0; i < 5000; i++)
        text_format(&in, i % 1000 == 7 ? "%d,\"open\n" : "%d,x\n", i);
    records_read(&out, NULL, "p.csv", NULL, in.bytes, in.length);
    assert_int_equal(count_of(out.bytes, "\n"), 5000);
    assert_int_equal(count_of(out.bytes, "reject"), 5);
    text_fini(&in);
    text_fini(&out);
}

static void zero_bytes_are_refused(void **state)
{
    static const char in[] = "user,item\n1,a\0b\n2,c\n";
    struct text out = { 0 };

    (void)state;
    records_read(&out, "purchases", "p.csv", NULL, in, sizeof in - 1);
    assert_string_equal(out.bytes, "reject 2 a NUL byte\nevent 3 2 c purchase\n");
    text_fini(&out);
}

/* The reader hands out the same records wherever the ends of its buffer fall. */
static void lines_across_buffers(void **state)
{
    struct text in = { 0 }, out = { 0 };

    (void)state;
    for (int i = 0; i < 100000; i++)
        text_format(&in, "%d %d\n", i, i % 977);
    records_read(&out, "sasrec", "a.txt", NULL, in.bytes, in.length);
    assert_int_equal(count_of(out.bytes, "\n"), 100000);
    assert_non_null(strstr(out.bytes, "event 100000 99999 345 purchase\n"));
    text_fini(&in);
    text_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_reads_as_written),  cmocka_unit_test(long_cells),
        cmocka_unit_test(open_quotes_cost_one_line_each), cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(lines_across_buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

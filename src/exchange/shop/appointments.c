/* appointments.c - who comes back when: a doubly linked list for each day, through the patrons. */
#include "exchange/shop/market.h"

void appointments_unlist(struct market *market, int32_t user)
{
    struct patron *patron = &market->patrons[user];

    if (patron->day == NEVER) return;
    if (patron->earlier != NOBODY)
        market->patrons[patron->earlier].later = patron->later;
    else
        market->first_due[patron->day] = patron->later;
    if (patron->later != NOBODY) market->patrons[patron->later].earlier = patron->earlier;
    patron->day = NEVER;
}

void appointments_list(struct market *market, int32_t user)
{
    struct patron *patron = &market->patrons[user];
    int16_t nearest = NEVER;

    for (int i = 0; i < APPOINTMENTS; i++) {
        const struct appointment *due = &patron->due[i];
        if (due->why != DUE_NOTHING && (nearest == NEVER || due->day < nearest)) nearest = due->day;
    }
    if (nearest == patron->day) return;
    appointments_unlist(market, user);
    if (nearest == NEVER) return;
    patron->day = nearest;
    patron->earlier = NOBODY;
    patron->later = market->first_due[nearest];
    if (patron->later != NOBODY) market->patrons[patron->later].earlier = user;
    market->first_due[nearest] = user;
}

bool appointments_again(const struct market *market, int32_t user, int32_t kind)
{
    const struct patron *patron = &market->patrons[user];

    for (int i = 0; i < APPOINTMENTS; i++)
        if (patron->due[i].why == DUE_AGAIN &&
            market->stage->goods[patron->due[i].what].kind == kind)
            return true;
    return false;
}

/* One appointment for one thing; where all places are taken, the most distant gives way. */
void appointments_make(struct market *market, int32_t user, struct appointment appointment)
{
    struct patron *patron = &market->patrons[user];
    struct appointment *place = &patron->due[0];

    if (appointment.day >= DAYS) return;
    if (appointment.day <= market->day) appointment.day = (int16_t)(market->day + 1);
    if (appointment.day >= DAYS) return;
    for (int i = 0; i < APPOINTMENTS; i++) {
        struct appointment *due = &patron->due[i];
        if (due->why == appointment.why && due->what == appointment.what) return;
        if (place->why == DUE_NOTHING) continue;
        if (due->why == DUE_NOTHING || due->day > place->day) place = due;
    }
    if (place->why == DUE_NOTHING || place->day > appointment.day) *place = appointment;
}

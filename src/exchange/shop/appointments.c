/* appointments.c - who comes back when: a doubly linked list for each day, through the patrons. */
#include "exchange/shop/market.h"

void appointments_unlist(struct market *market, int32_t user)
{
    struct customer *customer = &market->customers[user];

    if (customer->day == NEVER) return;
    if (customer->earlier != NOBODY)
        market->customers[customer->earlier].later = customer->later;
    else
        market->first_due[customer->day] = customer->later;
    if (customer->later != NOBODY) market->customers[customer->later].earlier = customer->earlier;
    customer->day = NEVER;
}

void appointments_list(struct market *market, int32_t user)
{
    struct customer *customer = &market->customers[user];
    int16_t nearest = NEVER;

    for (int i = 0; i < APPOINTMENTS; i++) {
        const struct appointment *due = &customer->due[i];
        if (due->why != DUE_NOTHING && (nearest == NEVER || due->day < nearest)) nearest = due->day;
    }
    if (nearest == customer->day) return;
    appointments_unlist(market, user);
    if (nearest == NEVER) return;
    customer->day = nearest;
    customer->earlier = NOBODY;
    customer->later = market->first_due[nearest];
    if (customer->later != NOBODY) market->customers[customer->later].earlier = user;
    market->first_due[nearest] = user;
}

bool appointments_again(const struct market *market, int32_t user, int32_t kind)
{
    const struct customer *customer = &market->customers[user];

    for (int i = 0; i < APPOINTMENTS; i++)
        if (customer->due[i].why == DUE_AGAIN &&
            market->simulation->goods[customer->due[i].what].kind == kind)
            return true;
    return false;
}

/* One appointment for one thing; where all places are taken, the most distant gives way. */
void appointments_make(struct market *market, int32_t user, struct appointment appointment)
{
    struct customer *customer = &market->customers[user];
    struct appointment *place = &customer->due[0];

    if (appointment.day >= DAYS) return;
    if (appointment.day <= market->day) appointment.day = (int16_t)(market->day + 1);
    if (appointment.day >= DAYS) return;
    for (int i = 0; i < APPOINTMENTS; i++) {
        struct appointment *due = &customer->due[i];
        if (due->why == appointment.why && due->what == appointment.what) return;
        if (place->why == DUE_NOTHING) continue;
        if (due->why == DUE_NOTHING || due->day > place->day) place = due;
    }
    if (place->why == DUE_NOTHING || place->day > appointment.day) *place = appointment;
}

/* text_query.c - a question read word by word: filters first, then what is looked for. */
#include "text_query.h"

#include "query_phrases.h"
#include "vocabulary_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 16, VALUE_WORDS = 5, NEWEST = 5 /* one in so many is new */ };

/* One word of the question while it is read. */
struct query_unit {
    struct slice text; /* folded, in reading.folded */
    size_t at, length;
    bool ideographs, taken, quoted;
};

struct query_reading {
    struct text_query *question;
    const struct dataset *dataset;
    const struct lexicon *lexicon;
    struct slice text;
    const int32_t *drop;
    int32_t n_drop, n_found; /* filters met, dropped ones too */
    struct query_unit *unit; /* (n) */
    struct slice *word;      /* (n) the same, bare */
    int32_t n;
    struct text folded, scratch;
    bool priced; /* the catalogue has prices */
};

/* ---------------------------------------------------------------------------------- prices */

/* The attribute that is the price, -1 where there is none. */
static int32_t price_attribute(const struct dataset *dataset)
{
    static const char *const names[] = { "price", "unit_price", "sale_price",
                                         "preis", "prix",       "precio" };
    for (int32_t a = 0; a < dataset->item_attributes.names.n; a++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (slice_equal_fold(names_get(&dataset->item_attributes.names, a), names[i])) return a;
    return -1;
}

/* prices (n_items), NAN where unknown: the attribute, else what was last paid. Returns whether any
 * item has one. */
static bool read_prices(const struct dataset *dataset, double *prices)
{
    const struct attributes *known = &dataset->item_attributes;
    const int32_t attribute = price_attribute(dataset);
    bool any = false;

    for (int32_t i = 0; i < dataset->n_items; i++)
        prices[i] = NAN;
    for (int32_t i = 0; attribute >= 0 && i < dataset->n_items; i++)
        for (int64_t at = known->offset[i]; at < known->offset[i + 1]; at++) {
            double price;
            if (known->value_name[known->value[at]] != attribute ||
                !slice_to_double(names_get(&known->values, known->value[at]), &price))
                continue;
            prices[i] = price;
            any = true;
        }
    for (int64_t at = 0; attribute < 0 && dataset->event_value && at < dataset->n_events; at++) {
        const struct event event = dataset_event(dataset, at);
        if (event.type == EVENT_RATING || event.type == EVENT_WEIGHT || !(event.value > 0))
            continue;
        prices[event.item] = (double)event.value;
        any = true;
    }
    return any;
}

static bool has_prices(const struct dataset *dataset)
{
    if (price_attribute(dataset) >= 0) return true;
    for (int64_t at = 0; dataset->event_value && at < dataset->n_events; at++) {
        const struct event event = dataset_event(dataset, at);
        if (event.type != EVENT_RATING && event.type != EVENT_WEIGHT && event.value > 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------ the newest */

static bool is_age_name(struct slice name)
{
    static const char *const names[] = { "added",        "released",          "published",
                                         "created",      "available",         "date",
                                         "release_date", "video_release_date" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_equal_fold(name, names[i])) return true;
    return false;
}

/* ages (n_items): days of the date that the catalogue gives, else of the first event; NAN where
 * there is neither. */
static void read_ages(const struct dataset *dataset, double *ages)
{
    const struct attributes *known = &dataset->item_attributes;
    bool any = false;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        ages[i] = NAN;
        for (int64_t at = known->offset[i]; at < known->offset[i + 1]; at++) {
            const int32_t value = known->value[at];
            double day;
            if (!is_age_name(names_get(&known->names, known->value_name[value])) ||
                !number_of_value(ROLE_DATE, names_get(&known->values, value), &day))
                continue;
            if (!(ages[i] >= day)) ages[i] = day;
            any = true;
        }
    }
    for (int64_t at = 0; !any && dataset->event_time && at < dataset->n_events; at++) {
        const struct event event = dataset_event(dataset, at);
        const double day = (double)event.time / 86400;
        if (event.time != MOMENT_NONE && !(ages[event.item] <= day)) ages[event.item] = day;
    }
}

static int falling(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one < other) - (one > other);
}

/* The day from which on an item is among the newest; NAN where nothing has a day. */
static double newest_day(const struct dataset *dataset, bool *memory)
{
    const size_t n = (size_t)dataset->n_items;
    double *ages = malloc((n + 1) * sizeof *ages);
    size_t known = 0;
    double day = NAN;

    *memory = ages != NULL;
    if (!ages) return NAN;
    read_ages(dataset, ages);
    for (size_t i = 0; i < n; i++)
        if (!isnan(ages[i])) ages[known++] = ages[i];
    if (known > 0) {
        qsort(ages, known, sizeof *ages, falling);
        day = ages[(known - 1) / NEWEST];
    }
    free(ages);
    return day;
}

/* --------------------------------------------------------------------------------- filters */

static bool is_dropped(const struct query_reading *reading)
{
    for (int32_t d = 0; d < reading->n_drop; d++)
        if (reading->drop[d] == 0 || reading->drop[d] == reading->n_found) return true;
    return false;
}

static void take_units(struct query_reading *reading, int32_t from, int32_t end)
{
    for (int32_t u = from; u < end; u++)
        reading->unit[u].taken = true;
}

/* The filter that the words [from, end) are, with its words copied; dropped ones only take them. */
static bool add_filter(struct query_reading *reading, struct text_query_filter filter, int32_t from,
                       int32_t end, const char *words, struct error *error)
{
    struct text_query *question = reading->question;

    take_units(reading, from, end);
    reading->n_found++;
    if (is_dropped(reading) || question->n_filters == QUERY_FILTERS) return true;
    filter.at = reading->unit[from].at;
    filter.length = reading->unit[end - 1].at + reading->unit[end - 1].length - filter.at;
    filter.words = strdup(words);
    if (!filter.words) return error_memory(error, "a question");
    question->filters[question->n_filters++] = filter;
    return true;
}

/* A number that stands at `at`: "20", "19.99", "19,99", "1 000" is 1. *end is where it ends. */
static bool number_at(struct slice text, size_t at, double *number, size_t *end)
{
    double value = 0, scale = 1;
    bool point = false;
    size_t i = at;

    if (i >= text.length || text.bytes[i] < '0' || text.bytes[i] > '9') return false;
    for (; i < text.length; i++) {
        const char byte = text.bytes[i];
        const bool digit = byte >= '0' && byte <= '9';
        if (!digit && (point || (byte != '.' && byte != ',') || i + 1 >= text.length ||
                       text.bytes[i + 1] < '0' || text.bytes[i + 1] > '9'))
            break;
        if (!digit) {
            point = true;
            continue;
        }
        value = value * 10 + (byte - '0');
        if (point) scale *= 10;
    }
    *number = value / scale;
    *end = i;
    return value / scale < 1e12;
}

static size_t symbol_at(struct slice text, size_t at)
{
    static const char *const symbols[] = { "€", "$", "£", "¥", "₽", "元", "円" };

    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        const size_t length = strlen(symbols[i]);
        if (at + length <= text.length && memcmp(text.bytes + at, symbols[i], length) == 0)
            return length;
    }
    return 0;
}

struct query_amount {
    double value;
    bool currency; /* a sign or a word says that it is money */
    bool money;    /* it may be: no other unit follows */
    int32_t end;   /* the unit behind it */
};

/* Units stand where their words do: those that begin before byte `end` belong to it. */
static int32_t unit_behind(const struct query_reading *reading, int32_t from, size_t end)
{
    while (from < reading->n && reading->unit[from].at < end)
        from++;
    return from;
}

static bool read_amount(const struct query_reading *reading, int32_t from,
                        struct query_amount *amount)
{
    const struct slice text = reading->text;
    size_t end;

    if (from >= reading->n || reading->unit[from].taken || reading->unit[from].quoted ||
        !number_at(text, reading->unit[from].at, &amount->value, &end))
        return false;
    const size_t at = reading->unit[from].at;
    amount->currency = at > 0 && text.bytes[at - 1] == '$';
    for (size_t length = 2; length <= 3 && length <= at; length++)
        amount->currency |= symbol_at(text, at - length) == length;
    while (end < text.length && text.bytes[end] == ' ')
        end++;
    const size_t symbol = symbol_at(text, end);
    if (symbol > 0) amount->currency = true;
    amount->end = unit_behind(reading, from, end + symbol);
    amount->money = true;
    if (amount->currency || amount->end >= reading->n) return true;
    if (reading->unit[amount->end].at != end) return true; /* a comma or the like stands between */
    const struct slice next = reading->word[amount->end];
    if (phrase_is_currency(next)) {
        amount->currency = true;
        amount->end++;
    } else {
        amount->money = phrase_is_filler(next, LANGUAGE_ENGLISH) ||
                        phrase_is_filler(next, reading->question->language);
    }
    return true;
}

static bool add_price(struct query_reading *reading, double low, double high, int32_t from,
                      int32_t end, struct error *error)
{
    const struct text_query_filter filter = { .kind = FILTER_PRICE, .low = low, .high = high };
    struct text words = { 0 };

    if (low > 0) text_format(&words, "price>=%.15g", low);
    if (low > 0 && high < INFINITY) text_add_string(&words, " ");
    if (high < INFINITY) text_format(&words, "price<=%.15g", high);
    const bool good = words.failed ? error_memory(error, "a question")
                                   : add_filter(reading, filter, from, end, words.bytes, error);
    text_fini(&words);
    return good;
}

/* A price that begins at unit `from`; *end = from where there is none. */
static bool read_price(struct query_reading *reading, int32_t from, int32_t *end,
                       struct error *error)
{
    const struct slice *words = reading->word + from;
    const int32_t n = reading->n - from;
    struct query_amount amount, other;
    int32_t takes;

    *end = from;
    if (!reading->priced) return true;
    if ((takes = phrase_takes(PHRASE_BETWEEN, words, n)) > 0 &&
        read_amount(reading, from + takes, &amount) && amount.end < reading->n &&
        phrase_is_range(reading->word[amount.end]) &&
        read_amount(reading, amount.end + 1, &other) && other.money &&
        (other.currency || amount.currency || slice_equal(words[0], "between"))) {
        *end = other.end;
        return add_price(reading, fmin(amount.value, other.value), fmax(amount.value, other.value),
                         from, *end, error);
    }
    if ((takes = phrase_takes(PHRASE_AT_MAX, words, n)) > 0 &&
        read_amount(reading, from + takes, &amount) && amount.money) {
        *end = amount.end;
        return add_price(reading, 0, amount.value, from, *end, error);
    }
    if ((takes = phrase_takes(PHRASE_AT_MIN, words, n)) > 0 &&
        read_amount(reading, from + takes, &amount) && amount.money) {
        *end = amount.end;
        return add_price(reading, amount.value, INFINITY, from, *end, error);
    }
    if ((takes = phrase_takes(PHRASE_FOR, words, n)) > 0 &&
        read_amount(reading, from + takes, &amount) && amount.currency) {
        *end = amount.end;
        return add_price(reading, 0, amount.value, from, *end, error);
    }
    return true;
}

/* The longest value that the words from `from` name; *end = from where none does. */
static int32_t value_at(struct query_reading *reading, int32_t from, int32_t *end)
{
    int32_t found = -1;

    *end = from;
    text_clear(&reading->scratch);
    for (int32_t u = from; u < reading->n && u < from + VALUE_WORDS; u++) {
        if (reading->unit[u].taken || reading->unit[u].quoted) break;
        if (u > from) text_add_string(&reading->scratch, " ");
        word_stem(reading->word[u], &reading->scratch);
        const int32_t spoken =
            interned_find(&reading->lexicon->spoken, 0,
                          (struct slice){ reading->scratch.bytes, reading->scratch.length });
        if (spoken < 0) continue;
        found = spoken;
        *end = u + 1;
    }
    return found;
}

/* Items with a value of this name; `makers`: only where it is a brand, an author, … */
static bool add_value(struct query_reading *reading, int32_t spoken, bool makers, bool negated,
                      int32_t from, int32_t end, bool *added, struct error *error)
{
    const struct attributes *known = &reading->dataset->item_attributes;
    struct text_query_filter filter = { .kind = FILTER_VALUE, .negated = negated };
    struct text words = { 0 };

    *added = false;
    for (int32_t v = reading->lexicon->spoken_first[spoken];
         v >= 0 && filter.n_values < QUERY_VALUES; v = reading->lexicon->spoken_next[v]) {
        const struct slice name = names_get(&known->names, known->value_name[v]);
        if (makers && !attribute_names_maker(name)) continue;
        filter.value[filter.n_values++] = v;
    }
    if (filter.n_values == 0) return true;
    const struct slice name = names_get(&known->names, known->value_name[filter.value[0]]);
    const struct slice value = names_get(&known->values, filter.value[0]);
    text_add(&words, name.bytes, name.length);
    text_add_string(&words, negated ? "!=" : "=");
    text_add(&words, value.bytes, value.length);
    *added = true;
    const bool good = words.failed ? error_memory(error, "a question")
                                   : add_filter(reading, filter, from, end, words.bytes, error);
    text_fini(&words);
    return good;
}

/* "in blue", where no value is called so but items have the word. */
static bool read_colour(struct query_reading *reading, int32_t from, int32_t *end,
                        struct error *error)
{
    const int32_t u = from + phrase_takes(PHRASE_BY, reading->word + from, reading->n - from);
    struct text_query_filter filter = { .kind = FILTER_WORD };
    struct text words = { 0 };

    *end = from;
    if (u == from || u >= reading->n || reading->unit[u].quoted ||
        !phrase_is_colour(reading->word[u]))
        return true;
    word_stem(reading->word[u], &words);
    filter.stem = interned_find(&reading->lexicon->stems, 0,
                                (struct slice){ words.bytes ? words.bytes : "", words.length });
    text_clear(&words);
    text_add_string(&words, "with ");
    text_add(&words, reading->text.bytes + reading->unit[u].at, reading->unit[u].length);
    bool good = !words.failed || error_memory(error, "a question");
    if (good && filter.stem >= 0) {
        *end = u + 1;
        good = add_filter(reading, filter, from, *end, words.bytes, error);
    }
    text_fini(&words);
    return good;
}

/* "by Fellnase", and brands by their bare names. */
static bool read_value(struct query_reading *reading, int32_t from, int32_t *end,
                       struct error *error)
{
    const int32_t takes = phrase_takes(PHRASE_BY, reading->word + from, reading->n - from);
    int32_t spoken = -1, value_end = from;
    bool added = false;

    *end = from;
    if (takes > 0 && from + takes < reading->n)
        spoken = value_at(reading, from + takes, &value_end);
    const bool after = spoken >= 0;
    /* "in den Bergen" is no brand: names have no article. */
    if (!after && (from == 0 || !phrase_is_article(reading->word[from - 1])))
        spoken = value_at(reading, from, &value_end);
    if (spoken < 0) return read_colour(reading, from, end, error);
    if (!add_value(reading, spoken, !after, false, from, value_end, &added, error)) return false;
    if (added) *end = value_end;
    return true;
}

/* One refused word, at unit u: a value of this name, else items that have the word. */
static bool refuse(struct query_reading *reading, int32_t from, int32_t u, int32_t *end,
                   struct error *error)
{
    struct text_query_filter filter = { .kind = FILTER_WORD, .negated = true, .stem = -1 };
    struct text words = { 0 };
    int32_t value_end;
    bool added = false;

    const int32_t spoken = value_at(reading, u, &value_end);
    *end = spoken >= 0 ? value_end : u + 1;
    if (spoken >= 0 &&
        (!add_value(reading, spoken, false, true, from, *end, &added, error) || added))
        return added;
    *end = u + 1;
    word_stem(reading->word[u], &words);
    filter.stem = interned_find(&reading->lexicon->stems, 0,
                                (struct slice){ words.bytes ? words.bytes : "", words.length });
    text_clear(&words);
    text_add_string(&words, "without ");
    text_add(&words, reading->text.bytes + reading->unit[u].at, reading->unit[u].length);
    const bool good = words.failed ? error_memory(error, "a question")
                                   : add_filter(reading, filter, from, *end, words.bytes, error);
    text_fini(&words);
    return good;
}

/* "not too scary or violent": every word behind it that "or" joins. */
static bool read_refusal(struct query_reading *reading, int32_t from, int32_t *end,
                         struct error *error)
{
    int32_t u = from + phrase_takes(PHRASE_NOT, reading->word + from, reading->n - from);

    *end = from;
    if (u == from) return true;
    for (int32_t begin = from;;) {
        while (u < reading->n && phrase_is_degree(reading->word[u]))
            u++;
        if (u >= reading->n || reading->unit[u].taken || reading->unit[u].quoted) return true;
        double number;
        size_t behind;
        if (number_at(reading->text, reading->unit[u].at, &number, &behind)) return true;
        if (!refuse(reading, begin, u, end, error)) return false;
        u = *end;
        if (u >= reading->n || !phrase_is_or(reading->word[u])) return true;
        begin = u++;
    }
}

/* Whether a title has the two words beside each other: "New York". */
static bool title_has(const struct dataset *dataset, struct slice a, struct slice b,
                      struct text *scratch)
{
    for (int32_t i = 0; i < dataset->n_items; i++) {
        const struct slice title = names_get(&dataset->item_titles, i);
        text_clear(scratch);
        text_add_folded(scratch, title.bytes, title.length);
        for (size_t at = 0; scratch->bytes && at + a.length + 1 + b.length <= scratch->length; at++)
            if (memcmp(scratch->bytes + at, a.bytes, a.length) == 0 &&
                scratch->bytes[at + a.length] == ' ' &&
                memcmp(scratch->bytes + at + a.length + 1, b.bytes, b.length) == 0)
                return true;
    }
    return false;
}

static bool read_new(struct query_reading *reading, int32_t from, int32_t *end, struct error *error)
{
    const int32_t takes = phrase_takes(PHRASE_NEW, reading->word + from, reading->n - from);
    struct text words = { 0 };
    char moment[MOMENT_TEXT_SIZE];
    bool memory;

    *end = from;
    if (takes == 0) return true;
    if (from + takes < reading->n && title_has(reading->dataset, reading->word[from],
                                               reading->word[from + takes], &reading->scratch))
        return true;
    const double day = newest_day(reading->dataset, &memory);
    if (!memory) return error_memory(error, "a question");
    if (isnan(day)) return true;
    moment_text((int64_t)(day * 86400), moment);
    text_format(&words, "new: since %.10s", moment);
    *end = from + takes;
    const struct text_query_filter filter = { .kind = FILTER_NEW, .low = day };
    const bool good = words.failed ? error_memory(error, "a question")
                                   : add_filter(reading, filter, from, *end, words.bytes, error);
    text_fini(&words);
    return good;
}

/* --------------------------------------------------------------------- scripts without blanks */

/* The number that begins a unit among ideographs, with its bound before or behind it. */
static bool read_ideograph_price(struct query_reading *reading, int32_t u, struct error *error)
{
    const struct slice text = reading->text;
    enum phrase phrase = PHRASE_NONE;
    double number;
    size_t end, taken = 0;

    if (!reading->priced || !number_at(text, reading->unit[u].at, &number, &end)) return true;
    taken = phrase_bound((struct slice){ text.bytes + end, text.length - end }, true, &phrase);
    int32_t from = u;
    for (size_t back = 6; taken == 0 && back <= 9 && back <= reading->unit[u].at; back += 3) {
        const struct slice before = { text.bytes + reading->unit[u].at - back, back };
        if (phrase_bound(before, false, &phrase) != back) continue;
        taken = symbol_at(text, end);
        while (from > 0 && reading->unit[from - 1].at >= reading->unit[u].at - back)
            from--;
        break;
    }
    if (phrase == PHRASE_NONE) return true;
    const int32_t last = unit_behind(reading, u, end + taken);
    return phrase == PHRASE_AT_MAX ? add_price(reading, 0, number, from, last, error)
                                   : add_price(reading, number, INFINITY, from, last, error);
}

/* "不要恐怖": everything up to the end of the run is refused. */
static bool read_ideograph_refusal(struct query_reading *reading, int32_t u, int32_t *end,
                                   struct error *error)
{
    const size_t at = reading->unit[u].at;
    const size_t taken =
        phrase_refuses((struct slice){ reading->text.bytes + at, reading->text.length - at });

    *end = u;
    if (taken == 0) return true;
    int32_t last = u + 1;
    while (last < reading->n && reading->unit[last].ideographs &&
           reading->unit[last].at <= reading->unit[last - 1].at + 3)
        last++;
    int32_t first = unit_behind(reading, u, at + taken);
    if (first >= last) return true;
    struct text_query_filter filter = { .kind = FILTER_WORD, .negated = true, .stem = -1 };
    struct text words = { 0 };
    const struct query_unit *until = &reading->unit[last - 1];
    filter.stem = interned_find(&reading->lexicon->stems, 0, reading->word[first]);
    text_add_string(&words, "without ");
    text_add(&words, reading->text.bytes + at + taken, until->at + until->length - at - taken);
    *end = last;
    const bool good = words.failed ? error_memory(error, "a question")
                                   : add_filter(reading, filter, u, last, words.bytes, error);
    text_fini(&words);
    return good;
}

/* ------------------------------------------------------------------------------- the reading */

/* Bytes of the text inside double quotes. */
static bool is_quoted(struct slice text, size_t at)
{
    bool inside = false;
    for (size_t i = 0; i < at; i++)
        inside ^= text.bytes[i] == '"';
    return inside && memchr(text.bytes + at, '"', text.length - at) != NULL;
}

static bool read_units(struct query_reading *reading, struct error *error)
{
    struct word_reader reader = { 0 };
    struct word word;
    const size_t capacity = QUERY_TERMS * 2;

    reading->unit = calloc(capacity, sizeof *reading->unit);
    reading->word = calloc(capacity, sizeof *reading->word);
    if (!reading->unit || !reading->word) return error_memory(error, "a question");
    words_begin(&reader, reading->text);
    while (reading->n < (int32_t)capacity && words_next(&reader, &word)) {
        struct query_unit *unit = &reading->unit[reading->n++];
        *unit = (struct query_unit){ .text = { NULL, word.text.length },
                                     .at = word.at,
                                     .length = word.length,
                                     .ideographs = word.ideographs,
                                     .quoted = is_quoted(reading->text, word.at) };
        text_add(&reading->folded, word.text.bytes, word.text.length);
    }
    const bool good = !reader.failed && !reading->folded.failed;
    words_fini(&reader);
    size_t at = 0;
    for (int32_t u = 0; good && u < reading->n; u++) { /* the bytes stay where they are now */
        reading->unit[u].text.bytes = reading->folded.bytes + at;
        reading->word[u] = reading->unit[u].text;
        at += reading->unit[u].text.length;
    }
    return good || error_memory(error, "a question");
}

static enum language guess_language(const struct query_reading *reading)
{
    int32_t count[LANGUAGE_OTHER + 1] = { 0 };
    enum language best = LANGUAGE_ENGLISH;

    for (int32_t u = 0; u < reading->n; u++) {
        if (reading->unit[u].ideographs || (unsigned char)reading->word[u].bytes[0] >= 0x80)
            count[LANGUAGE_OTHER]++;
        for (int language = LANGUAGE_ENGLISH; language < LANGUAGE_OTHER; language++)
            count[language] += phrase_tells(reading->word[u], (enum language)language);
    }
    if (count[LANGUAGE_OTHER] * 2 > reading->n) return LANGUAGE_OTHER;
    for (int language = LANGUAGE_GERMAN; language < LANGUAGE_OTHER; language++)
        if (count[language] > count[best]) best = (enum language)language;
    return best;
}

static bool read_filters(struct query_reading *reading, struct error *error)
{
    for (int32_t u = 0, end; u<reading->n; u = end> u ? end : u + 1) {
        end = u;
        if (reading->unit[u].quoted || reading->unit[u].taken) continue;
        if (reading->unit[u].ideographs) {
            if (!read_ideograph_refusal(reading, u, &end, error)) return false;
            continue;
        }
        if (!read_ideograph_price(reading, u, error)) return false;
        if (reading->unit[u].taken) continue;
        if (!read_price(reading, u, &end, error)) return false;
        if (end == u && !read_refusal(reading, u, &end, error)) return false;
        if (end == u && !read_value(reading, u, &end, error)) return false;
        if (end == u && !read_new(reading, u, &end, error)) return false;
    }
    return true;
}

static bool asks(const struct query_reading *reading, int32_t u)
{
    return !reading->unit[u].taken &&
           (reading->unit[u].quoted ||
            !phrase_is_filler(reading->word[u], reading->question->language));
}

/* A question that is nothing but the name of a value ("comedies") asks for what has it. */
static bool read_whole(struct query_reading *reading, struct error *error)
{
    int32_t from = 0, end = reading->n, value_end;
    bool added;

    while (from < end && !asks(reading, from))
        from++;
    while (end > from && !asks(reading, end - 1))
        end--;
    if (from == end || reading->unit[from].quoted) return true;
    const int32_t spoken = value_at(reading, from, &value_end);
    return spoken < 0 || value_end != end ||
           add_value(reading, spoken, false, false, from, end, &added, error);
}

static bool take_terms(struct query_reading *reading, struct error *error)
{
    struct text_query *question = reading->question;

    for (int32_t u = 0; u < reading->n && question->n_terms < QUERY_TERMS; u++) {
        if (!asks(reading, u)) continue;
        struct text_query_term *term = &question->terms[question->n_terms];
        *term = (struct text_query_term){ .at = reading->unit[u].at,
                                          .length = reading->unit[u].length };
        term->folded = malloc(reading->word[u].length + 1);
        if (!term->folded) return error_memory(error, "a question");
        memcpy(term->folded, reading->word[u].bytes, reading->word[u].length);
        term->folded[reading->word[u].length] = '\0';
        term->word = lexicon_find(reading->lexicon, reading->word[u], &reading->scratch);
        term->stem = term->word >= 0 ? reading->lexicon->stem[term->word] : -1;
        question->n_terms++;
    }
    return true;
}

/* The text without the stretches of its filters. */
static void write_sought(struct query_reading *reading)
{
    struct text *sought = &reading->question->sought;
    size_t at = 0;

    for (int32_t u = 0; u < reading->n; u++) {
        const struct query_unit *unit = &reading->unit[u];
        if (!unit->taken) continue;
        if (unit->at > at) text_add(sought, reading->text.bytes + at, unit->at - at);
        if (unit->at + unit->length > at) at = unit->at + unit->length;
    }
    text_add(sought, reading->text.bytes + at, reading->text.length - at);
    for (size_t i = 0; i < sought->length; i++)
        if (sought->bytes[i] == '"') sought->bytes[i] = ' ';
}

bool text_query_read(struct text_query *question, const struct dataset *dataset,
                     const struct lexicon *lexicon, struct slice text, const int32_t *drop,
                     int32_t n_drop, struct error *error)
{
    struct query_reading reading = { .question = question,
                                     .dataset = dataset,
                                     .lexicon = lexicon,
                                     .text = text,
                                     .drop = drop,
                                     .n_drop = n_drop,
                                     .priced = has_prices(dataset) };

    *question = (struct text_query){ 0 };
    if (reading.text.length > TEXT_MAX) reading.text.length = TEXT_MAX;
    bool good = read_units(&reading, error);
    if (good) {
        question->language = guess_language(&reading);
        good = read_filters(&reading, error) && read_whole(&reading, error) &&
               take_terms(&reading, error);
    }
    if (good) write_sought(&reading);
    if (good && (question->sought.failed || reading.scratch.failed))
        good = error_memory(error, "a question");
    free(reading.unit);
    free(reading.word);
    text_fini(&reading.folded);
    text_fini(&reading.scratch);
    return good;
}

void text_query_fini(struct text_query *question)
{
    for (int32_t f = 0; f < question->n_filters; f++)
        free(question->filters[f].words);
    for (int32_t t = 0; t < question->n_terms; t++)
        free(question->terms[t].folded);
    text_fini(&question->sought);
    *question = (struct text_query){ 0 };
}

/* ------------------------------------------------------------------------------ what is let in */

static bool has_value(const struct text_query_filter *filter, const struct attributes *known,
                      int32_t item)
{
    for (int64_t at = known->offset[item]; at < known->offset[item + 1]; at++)
        for (int32_t v = 0; v < filter->n_values; v++)
            if (known->value[at] == filter->value[v]) return true;
    return false;
}

static void mark_words(const struct lexicon *lexicon, int32_t stem, uint8_t *has)
{
    const struct sparse *by_word = &lexicon->by_word;

    for (int32_t w = stem < 0 ? -1 : lexicon->stem_first[stem]; w >= 0; w = lexicon->stem_next[w])
        for (int64_t at = by_word->start[w]; at < by_word->start[w + 1]; at++)
            has[by_word->column[at]] = 1;
}

static void apply(const struct text_query_filter *filter, const struct dataset *dataset,
                  const struct lexicon *lexicon, double *number, uint8_t *has, uint8_t *admitted)
{
    const int32_t n = dataset->n_items;

    memset(has, 0, (size_t)n);
    if (filter->kind == FILTER_PRICE) read_prices(dataset, number);
    if (filter->kind == FILTER_NEW) read_ages(dataset, number);
    if (filter->kind == FILTER_WORD) mark_words(lexicon, filter->stem, has);
    for (int32_t i = 0; i < n; i++) {
        if (filter->kind == FILTER_VALUE)
            has[i] = has_value(filter, &dataset->item_attributes, i);
        else if (filter->kind == FILTER_PRICE)
            has[i] = number[i] >= filter->low && number[i] <= filter->high;
        else if (filter->kind == FILTER_NEW)
            has[i] = number[i] >= filter->low;
        admitted[i] &= filter->negated ? !has[i] : has[i];
    }
}

bool text_query_admit(const struct text_query *question, const struct dataset *dataset,
                      const struct lexicon *lexicon, uint8_t *admitted, struct error *error)
{
    const size_t n = (size_t)dataset->n_items;
    double *number = malloc((n + 1) * sizeof *number);
    uint8_t *has = malloc(n + 1);

    memset(admitted, 1, n);
    for (int32_t f = 0; number && has && f < question->n_filters; f++)
        apply(&question->filters[f], dataset, lexicon, number, has, admitted);
    const bool good = number && has;
    free(number);
    free(has);
    return good || error_memory(error, "a question");
}

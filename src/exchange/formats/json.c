/* json.c - JSON of any shape as a table: an object a line, a list of objects, or an object that
 * holds one list.
 *
 * Each value becomes a cell whose column is the path to it ("user.id"), and tables are read as ever
 * (table.c), so that --map user=user.id names what is nested. Where an object has a list of things
 * (items, line_items, products, …) each of them is a row; lists of words are joined by '|'; what
 * Google Analytics has as a list of keys and values has its keys as paths. A member that is null
 * everywhere is no column.
 */
#include "exchange/csv.h"
#include "exchange/delimited.h"
#include "exchange/input.h"
#include "exchange/json_lines.h"
#include "exchange/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, WHOLE_MAX = 256 * 1024 * 1024, PATH_MAX_BYTES = 200 };

struct json_column {
    char *path;
    struct text cell; /* of the row that is being made */
};

struct json_table {
    struct import_context *import_context;
    struct json_column *columns; /* (n) in the order of their first value */
    int32_t n, capacity;
    struct text header, row;
    FILE *out; /* rows, to a file without a name */
    int fd;
    bool failed;
    /* Reading it again: */
    size_t header_taken;
};

static bool fail(struct json_table *table, const char *what)
{
    if (!table->failed) {
        if (what)
            error_set(table->import_context->error, ERROR_INPUT, "%s", what);
        else
            error_memory(table->import_context->error, "a table of JSON");
    }
    table->failed = true;
    return false;
}

static void json_table_fini(struct json_table *table)
{
    for (int32_t i = 0; i < table->n; i++) {
        free(table->columns[i].path);
        text_fini(&table->columns[i].cell);
    }
    free(table->columns);
    text_fini(&table->header);
    text_fini(&table->row);
    if (table->out) fclose(table->out);
}

static struct text *cell_of(struct json_table *table, const char *path)
{
    for (int32_t i = 0; i < table->n; i++)
        if (strcmp(table->columns[i].path, path) == 0) return &table->columns[i].cell;
    if (table->n == COLUMNS_MAX) return NULL; /* what is beyond is left out */
    if (table->n == table->capacity) {
        const int32_t capacity = table->capacity ? table->capacity * 2 : 16;
        struct json_column *columns = realloc(table->columns, (size_t)capacity * sizeof *columns);
        if (!columns) {
            fail(table, NULL);
            return NULL;
        }
        table->columns = columns;
        table->capacity = capacity;
    }
    table->columns[table->n] = (struct json_column){ .path = strdup(path) };
    if (!table->columns[table->n].path) {
        fail(table, NULL);
        return NULL;
    }
    return &table->columns[table->n++].cell;
}

/* Numbers as they stand, texts as they are; false for lists and objects. */
static bool add_scalar(const json_t *value, struct text *cell)
{
    if (json_is_string(value))
        text_add(cell, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text_format(cell, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        number_add_double(cell, json_real_value(value));
    else if (json_is_boolean(value))
        text_add_string(cell, json_is_true(value) ? "true" : "false");
    else
        return false;
    return true;
}

static void flatten(struct json_table *table, const char *path, const json_t *value,
                    const json_t *left_out, int depth);

/* [{"key": "page", "value": {"string_value": "x"}}] is page = x. */
static bool flatten_keys(struct json_table *table, const char *path, const json_t *list, int depth)
{
    size_t i;
    json_t *entry;

    if (!json_is_string(json_object_get(json_array_get(list, 0), "key"))) return false;
    json_array_foreach((json_t *)(uintptr_t)list, i, entry)
    {
        const char *key = json_string_value(json_object_get(entry, "key")), *name;
        json_t *value = json_object_get(entry, "value"), *inner;
        char inside[PATH_MAX_BYTES];

        if (!key) continue;
        snprintf(inside, sizeof inside, "%s%s%s", path, *path ? "." : "", key);
        if (!json_is_object(value)) {
            flatten(table, inside, value, NULL, depth + 1);
            continue;
        }
        json_object_foreach(value, name, inner) if (!json_is_null(inner))
            flatten(table, inside, inner, NULL, depth + 1);
    }
    return true;
}

static void flatten(struct json_table *table, const char *path, const json_t *value,
                    const json_t *left_out, int depth)
{
    const char *name;
    json_t *inner;
    size_t i;

    if (depth > DEPTH_MAX || table->failed || !value || value == left_out) return;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, name, inner)
        {
            char inside[PATH_MAX_BYTES];

            snprintf(inside, sizeof inside, "%s%s%s", path, *path ? "." : "", name);
            flatten(table, inside, inner, left_out, depth + 1);
        }
    } else if (json_is_array(value)) {
        struct text *cell = NULL;

        if (flatten_keys(table, path, value, depth)) return;
        json_array_foreach((json_t *)(uintptr_t)value, i, inner)
        {
            if (json_is_object(inner) || json_is_array(inner) || json_is_null(inner)) continue;
            if (!cell && !(cell = cell_of(table, path))) return;
            if (cell->length > 0) text_add(cell, "|", 1);
            add_scalar(inner, cell);
        }
    } else if (!json_is_null(value)) {
        struct text *cell = cell_of(table, path);
        if (cell && cell->length == 0) add_scalar(value, cell);
    }
}

/* The list of things in an object: each is a row of its own. */
static const json_t *things_of(const json_t *object, const char **name)
{
    static const char *const names[] = { "items",          "line_items", "lineItems",
                                         "order_items",    "orderItems", "products",
                                         "productDetails", "lines",      "order_lines",
                                         "orderLines",     "cart_items", "positions",
                                         "purchases",      "events" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *list = json_object_get(object, names[i]);
        if (json_is_array(list) && json_is_object(json_array_get(list, 0))) {
            *name = names[i];
            return list;
        }
    }
    return NULL;
}

static void write_row(struct json_table *table)
{
    int32_t last = table->n;

    while (last > 0 && table->columns[last - 1].cell.length == 0)
        last--;
    text_clear(&table->row);
    for (int32_t i = 0; i < last; i++) {
        struct text *cell = &table->columns[i].cell;

        if (i > 0) text_add(&table->row, ",", 1);
        csv_add(&table->row, (struct slice){ cell->bytes ? cell->bytes : "", cell->length }, false);
        table->failed |= cell->failed;
    }
    for (int32_t i = 0; i < table->n; i++)
        text_clear(&table->columns[i].cell);
    text_add(&table->row, "\n", 1);
    if (table->row.failed)
        fail(table, NULL);
    else
        fwrite(table->row.bytes, 1, table->row.length, table->out);
}

static void add_object(struct json_table *table, const json_t *object)
{
    const char *name = NULL;
    const json_t *things = things_of(object, &name);
    size_t i;
    json_t *thing;

    if (!things) {
        flatten(table, "", object, NULL, 0);
        write_row(table);
        return;
    }
    json_array_foreach((json_t *)(uintptr_t)things, i, thing)
    {
        if (table->failed) return;
        flatten(table, "", object, things, 0);
        flatten(table, name, thing, NULL, 1);
        write_row(table);
    }
}

/* A list of objects, or the one list that an object holds. */
static void add_document(struct json_table *table, const json_t *document)
{
    const char *name;
    json_t *inner;
    size_t i;

    if (json_is_object(document)) {
        const json_t *list = NULL;

        json_object_foreach((json_t *)(uintptr_t)document, name,
                            inner) if (json_is_array(inner) &&
                                       json_is_object(json_array_get(inner, 0))) list =
            list ? NULL : inner;
        if (!list || things_of(document, &name)) {
            add_object(table, document);
            return;
        }
        document = list;
    }
    json_array_foreach((json_t *)(uintptr_t)document, i, inner) if (json_is_object(inner))
        add_object(table, inner);
}

/* The whole file as one document. */
static bool read_document(struct json_table *table, struct slice first)
{
    struct text whole = { 0 };
    struct slice line = first;
    json_t *document;
    json_error_t why;

    do {
        text_add(&whole, line.bytes, line.length);
        text_add(&whole, "\n", 1);
        if (whole.length > WHOLE_MAX) {
            text_fini(&whole);
            return fail(table, "a JSON document of more than 256 MB; make it an object a line: jq "
                               "-c '.[]'");
        }
    } while (import_line(table->import_context, &line));
    document = whole.failed ? NULL : json_loadb(whole.bytes, whole.length, 0, &why);
    text_fini(&whole);
    if (!document) return fail(table, "JSON that is damaged or cut off");
    add_document(table, document);
    json_decref(document);
    return !table->failed;
}

/* All objects of the file as rows in a file without a name. Lines that are no objects are rows
 * without a cell but for a mark, so that the number of the row is that of the line. */
static bool json_table_make(struct json_table *table, struct import_context *import_context)
{
    struct slice line;
    int copy;

    *table = (struct json_table){ .import_context = import_context, .fd = -1 };
    table->fd = input_temporary_file(import_context->error);
    if (table->fd < 0) return false;
    copy = dup(table->fd);
    table->out = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (!table->out) return fail(table, NULL);
    for (bool first = true; !table->failed && import_line(import_context, &line); first = false) {
        const struct slice text = import_utf8(&import_context->scratch, line);
        json_t *object = json_loadb(text.bytes, text.length, 0, NULL);

        if (first && !json_is_object(object)) {
            json_decref(object);
            if (!read_document(table, text)) return false;
            break;
        }
        if (json_is_object(object))
            add_object(table, object);
        else
            import_reject(import_context, import_context->lines.number, "not a JSON object", line);
        json_decref(object);
    }
    if (table->failed || import_context->stopped) return false;
    for (int32_t i = 0; i < table->n; i++) {
        if (i > 0) text_add(&table->header, ",", 1);
        csv_add(&table->header, slice_of(table->columns[i].path), false);
    }
    text_add(&table->header, "\n", 1);
    if (table->header.failed) return fail(table, NULL);
    if (fflush(table->out) != 0 || lseek(table->fd, 0, SEEK_SET) != 0)
        return fail(table, "a temporary file cannot be written: is the disk full?");
    return true;
}

static bool json_table_get(void *context, void *bytes, size_t capacity, size_t *length,
                           struct error *error)
{
    struct json_table *table = context;
    const size_t left = table->header.length - table->header_taken;
    ssize_t n;

    if (left > 0) {
        *length = left < capacity ? left : capacity;
        memcpy(bytes, table->header.bytes + table->header_taken, *length);
        table->header_taken += *length;
        return true;
    }
    n = read(table->fd, bytes, capacity);
    if (n < 0) return error_set(error, ERROR_IO, "a temporary file cannot be read");
    *length = (size_t)n;
    return true;
}

static enum part recognise(const struct sample *sample)
{
    struct slice line;
    json_t *object;
    bool known;

    if (!sample_line(sample, 0, &line)) return PART_NONE;
    line = slice_trim(line);
    if (line.length == 0 || (*line.bytes != '{' && *line.bytes != '[')) return PART_NONE;
    if (*line.bytes == '[' || line.length == 1) return PART_EVENTS;
    object = sample_json(sample);
    known = object != NULL;
    json_decref(object);
    /* The beginning of an object that goes on below. */
    for (size_t i = 1; !known && i < line.length && line.bytes[i] != '}'; i++)
        if (line.bytes[i] != ' ') {
            known = line.bytes[i] == '"' && memchr(line.bytes, ':', line.length);
            break;
        }
    return known ? PART_EVENTS : PART_NONE;
}

/* Reads the rows of the table by whoever reads tables; counts go to the file's own intake. */
static bool with_table(struct import_context *import_context, struct json_table *table,
                       struct import_context *inner)
{
    if (!import_open(inner, json_table_get, table, &import_context->events,
                     import_context->catalogue, import_context->error))
        return false;
    inner->map = import_context->map;
    inner->own = import_context->own;
    inner->dates = import_context->dates;
    inner->insisted = import_context->insisted;
    inner->now = import_context->now;
    inner->progress = import_context->progress;
    inner->understood = import_context->understood;
    inner->orders = import_context->orders;
    inner->heads = import_context->heads;
    inner->lines.number = -1; /* the header is none of the file's lines */
    return true;
}

static bool look(struct import_context *import_context, const struct sample *sample,
                 enum part *part, struct understood *understood)
{
    struct json_table table;
    struct import_context inner = { 0 };
    struct sample rows = *sample;
    bool done = false;

    if (!json_table_make(&table, import_context) || !with_table(import_context, &table, &inner) ||
        !lines_peek(&inner.lines, &rows.head, &rows.whole, import_context->error))
        goto out;
    *part = table_part(&rows);
    if (*part == PART_NONE) {
        *part = PART_EVENTS;
        *understood = (struct understood){ .question_of_file = true };
        error_set(&understood->question, ERROR_INPUT,
                  "JSON of which no member is known as a user and an item; say which are with "
                  "--map user=PATH,item=PATH, such as user=customer.id; there are: %.200s",
                  table.header.length > 1 ? table.header.bytes : "none");
        for (char *at = understood->question.text; *at; at++)
            if (*at == '\n') *at = ' ';
        done = true;
        goto out;
    }
    done = table_understand(&inner, &rows, part, understood);
out:
    import_close(&inner);
    if (table.fd >= 0) close(table.fd);
    json_table_fini(&table);
    return done;
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct json_table table;
    struct import_context inner = { 0 };
    bool done = false;

    if (!json_table_make(&table, import_context) || !with_table(import_context, &table, &inner))
        goto out;
    done = table_read(&inner, part);
    import_context->read += inner.read;
    import_context->accepted += inner.accepted;
    import_context->rejected += inner.rejected;
    import_context->taken += inner.taken;
    import_context->stopped |= inner.stopped;
    snprintf(import_context->note, sizeof import_context->note, "%s", inner.note);
out:
    import_close(&inner);
    if (table.fd >= 0) close(table.fd);
    json_table_fini(&table);
    return done;
}

const struct format format_json = { "json", PART_EVENTS, recognise, read_part, look };

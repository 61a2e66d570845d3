/* workbook.c - see workbook.h. The archive is read twice: the parts that all sheets need, then the
 * sheets. Every count and length that comes from the file has a bound. */
#include "exchange/workbook.h"

#include "exchange/csv.h"
#include "exchange/input.h"

#include "aisle/moment.h"
#include "aisle/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 64 * 1024,
    COLUMNS_MAX = 1024,
    SHEETS_MAX = 256,
    STYLES_MAX = 65536,
    STRINGS_MAX = 256 * 1024 * 1024, /* bytes of all shared strings */
    REPEATS_MAX = 10000,             /* of one row of an .ods */
    NAMES_MAX = 64,
};

/* What an XML part is read for. */
enum part_kind { PART_STRINGS, PART_STYLES, PART_NAMES, PART_SHEET, PART_OPENDOCUMENT };

struct reading {
    struct workbook *workbook;
    struct error *error;
    const struct progress *progress;
    XML_Parser parser;
    enum part_kind kind;
    bool failed;

    struct text strings; /* of all cells, one behind the other */
    size_t *string_end;  /* (n_strings) */
    size_t n_strings, strings_capacity;
    bool in_string, in_phonetic;

    uint8_t *date_style; /* (n_styles) */
    int32_t n_styles;
    int32_t date_format[NAMES_MAX]; /* numbers of the file's own forms that are dates */
    int32_t n_date_formats;
    bool in_cell_styles, from_1904;
    char *sheet_name[SHEETS_MAX]; /* in the order of the workbook */
    int32_t n_names;

    /* The sheet being read. */
    FILE *out;
    struct text row, value;
    bool capture, in_inline, filled_row, filled_sheet, in_cell;
    int32_t column, written; /* of the row */
    int64_t repeat_row, repeat_cell;
    char type[16];
    int32_t style;
    struct text attribute; /* of an .ods: the value that stands in the tag */
};

static bool stop(struct reading *reading, const char *what)
{
    if (!reading->failed) error_set(reading->error, ERROR_INPUT, "%s", what);
    reading->failed = true;
    if (reading->parser) XML_StopParser(reading->parser, XML_FALSE);
    return false;
}

static bool stop_memory(struct reading *reading)
{
    if (!reading->failed) error_memory(reading->error, "a spreadsheet");
    reading->failed = true;
    if (reading->parser) XML_StopParser(reading->parser, XML_FALSE);
    return false;
}

/* The name of a tag or attribute without its prefix. */
static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}

static const char *attribute_of(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(local(attributes[0]), name) == 0) return attributes[1];
    return NULL;
}

static int64_t number_of(const char *text, int64_t fallback, int64_t max)
{
    int64_t number;

    if (!text || !slice_to_int64(slice_of(text), &number) || number < 0) return fallback;
    return number > max ? max : number;
}

/* --------------------------------------------------------------------------- rows and cells */

static bool begin_sheet(struct reading *reading, const char *name)
{
    struct workbook *workbook = reading->workbook;
    struct workbook_sheet *sheets;
    int fd, copy;

    if (workbook->n == SHEETS_MAX) return stop(reading, "more than 256 sheets");
    sheets = realloc(workbook->sheets, ((size_t)workbook->n + 1) * sizeof *sheets);
    if (!sheets) return stop_memory(reading);
    workbook->sheets = sheets;
    fd = input_temporary_file(reading->error);
    if (fd < 0) {
        reading->failed = true;
        return false;
    }
    copy = dup(fd);
    reading->out = copy >= 0 ? fdopen(copy, "w") : NULL;
    sheets[workbook->n] = (struct workbook_sheet){ strdup(name), fd };
    workbook->n++;
    reading->filled_sheet = false;
    if (!reading->out && copy >= 0) close(copy);
    return reading->out && sheets[workbook->n - 1].name ? true : stop_memory(reading);
}

static bool end_sheet(struct reading *reading)
{
    struct workbook *workbook = reading->workbook;
    bool written;

    if (!reading->out) return true;
    written = fclose(reading->out) == 0;
    reading->out = NULL;
    if (!written) return stop(reading, "a temporary file cannot be written: is the disk full?");
    struct workbook_sheet *sheet = &workbook->sheets[workbook->n - 1];
    if (!reading->filled_sheet) {
        close(sheet->fd);
        free(sheet->name);
        workbook->n--;
    } else if (lseek(sheet->fd, 0, SEEK_SET) != 0) {
        return stop(reading, "a temporary file cannot be read again");
    }
    return true;
}

static void begin_row(struct reading *reading)
{
    text_clear(&reading->row);
    reading->column = reading->written = 0;
    reading->filled_row = false;
}

static void end_row(struct reading *reading, int64_t times)
{
    if (reading->row.failed) {
        stop_memory(reading);
        return;
    }
    if (!reading->filled_row || !reading->out) return;
    reading->filled_sheet = true;
    for (int64_t i = 0; i < times && i < REPEATS_MAX; i++) {
        fwrite(reading->row.bytes, 1, reading->row.length, reading->out);
        putc('\n', reading->out);
    }
}

/* A cell at reading->column, behind commas for those that were left out. */
static void add_cell(struct reading *reading, struct slice text)
{
    if (text.length > 0 && reading->column < COLUMNS_MAX) {
        for (; reading->written < reading->column; reading->written++)
            text_add(&reading->row, ",", 1);
        csv_add(&reading->row, text, false);
        reading->filled_row = true;
    }
    reading->column++;
}

/* A day of the spreadsheet as a date, a time of day or both. */
static void add_date(const struct reading *reading, double day, struct text *out)
{
    char shown[MOMENT_TEXT_SIZE];
    int64_t moment;

    if (!(day >= 0 && day < 2958466)) return;
    moment = (int64_t)floor(day) - 25569 + (reading->from_1904 ? 1462 : 0);
    moment = moment * 86400 + (int64_t)floor((day - floor(day)) * 86400 + 0.5);
    if (day < 1 && day > 0)
        text_add_string(out, moment_text(moment, shown) + 11);
    else if (day > floor(day))
        text_add_string(out, moment_text(moment, shown));
    else
        text_add_string(out, moment_date(moment, shown));
}

/* Fifteen digits, as the program shows them: 29.989999999999998 is 29.99. */
static void add_number(double number, struct text *out)
{
    char digits[64];

    if (fabs(number) < 1e15 && fabs(number - trunc(number)) <= 0)
        snprintf(digits, sizeof digits, "%.0f", number);
    else
        snprintf(digits, sizeof digits, "%.15g", number);
    for (char *at = digits; *at; at++)
        if (*at == ',') *at = '.';
    text_add_string(out, digits);
}

static struct slice shared_string(const struct reading *reading, struct slice index)
{
    int64_t at;

    if (!slice_to_int64(index, &at) || at < 0 || (size_t)at >= reading->n_strings)
        return (struct slice){ "", 0 };
    const size_t begin = at > 0 ? reading->string_end[at - 1] : 0;
    return (struct slice){ reading->strings.bytes ? reading->strings.bytes + begin : "",
                           reading->string_end[at] - begin };
}

static void end_xlsx_cell(struct reading *reading)
{
    const struct slice value = slice_trim(
        (struct slice){ reading->value.bytes ? reading->value.bytes : "", reading->value.length });
    struct text text = { 0 };
    double number;

    if (strcmp(reading->type, "s") == 0) {
        add_cell(reading, shared_string(reading, value));
    } else if (reading->type[0] && strcmp(reading->type, "n") != 0) {
        /* An error such as #N/A is no value. */
        add_cell(reading, strcmp(reading->type, "e") == 0 ? (struct slice){ "", 0 } : value);
    } else if (value.length == 0 || !slice_to_double(value, &number)) {
        add_cell(reading, value);
    } else {
        if (reading->style >= 0 && reading->style < reading->n_styles &&
            reading->date_style[reading->style])
            add_date(reading, number, &text);
        else
            add_number(number, &text);
        if (text.failed) stop_memory(reading);
        add_cell(reading, (struct slice){ text.bytes ? text.bytes : "", text.length });
    }
    text_fini(&text);
}

/* "BC12" is column 54, from 0; -1 where there are no letters. */
static int32_t column_of(const char *reference)
{
    int32_t column = 0;

    if (!reference || *reference < 'A' || *reference > 'Z') return -1;
    for (; *reference >= 'A' && *reference <= 'Z' && column < 100000; reference++)
        column = column * 26 + (*reference - 'A' + 1);
    return column - 1;
}

static void start_xlsx(struct reading *reading, const char *tag, const char **attributes)
{
    if (strcmp(tag, "row") == 0) {
        begin_row(reading);
    } else if (strcmp(tag, "c") == 0) {
        const char *type = attribute_of(attributes, "t");
        const int32_t column = column_of(attribute_of(attributes, "r"));

        if (column >= reading->column) reading->column = column;
        snprintf(reading->type, sizeof reading->type, "%s", type ? type : "");
        reading->style = (int32_t)number_of(attribute_of(attributes, "s"), -1, STYLES_MAX);
        text_clear(&reading->value);
        reading->in_cell = true;
    } else if (strcmp(tag, "is") == 0) {
        reading->in_inline = true;
    } else if (strcmp(tag, "rPh") == 0) {
        reading->in_phonetic = true;
    } else if (reading->in_cell &&
               (strcmp(tag, "v") == 0 ||
                (reading->in_inline && !reading->in_phonetic && strcmp(tag, "t") == 0))) {
        reading->capture = true;
    }
}

static void end_xlsx(struct reading *reading, const char *tag)
{
    if (strcmp(tag, "row") == 0) {
        end_row(reading, 1);
    } else if (strcmp(tag, "c") == 0) {
        end_xlsx_cell(reading);
        reading->in_cell = reading->in_inline = false;
    } else if (strcmp(tag, "rPh") == 0) {
        reading->in_phonetic = false;
    } else if (strcmp(tag, "v") == 0 || strcmp(tag, "t") == 0) {
        reading->capture = false;
    }
}

/* ------------------------------------------------------------------------------- .ods */

static void start_ods(struct reading *reading, const char *tag, const char **attributes)
{
    if (strcmp(tag, "table") == 0) {
        const char *name = attribute_of(attributes, "name");
        if (!reading->out) begin_sheet(reading, name ? name : "sheet");
    } else if (strcmp(tag, "table-row") == 0) {
        begin_row(reading);
        reading->repeat_row =
            number_of(attribute_of(attributes, "number-rows-repeated"), 1, 1 << 30);
    } else if (strcmp(tag, "table-cell") == 0 || strcmp(tag, "covered-table-cell") == 0) {
        const char *type = attribute_of(attributes, "value-type");
        const char *value = type && strcmp(type, "date") == 0
                                ? attribute_of(attributes, "date-value")
                                : attribute_of(attributes, "value");

        reading->repeat_cell =
            number_of(attribute_of(attributes, "number-columns-repeated"), 1, 1 << 30);
        text_clear(&reading->value);
        text_clear(&reading->attribute);
        if (type && strcmp(type, "string") != 0 && value)
            text_add_string(&reading->attribute, value);
        reading->in_cell = true;
    } else if (reading->in_cell && strcmp(tag, "p") == 0) {
        if (reading->value.length > 0) text_add(&reading->value, "\n", 1);
        reading->capture = true;
    } else if (reading->capture && strcmp(tag, "s") == 0) {
        text_add(&reading->value, " ", 1);
    } else if (strcmp(tag, "annotation") == 0) {
        reading->in_phonetic = true; /* a remark is not the cell's text */
    }
}

static void end_ods(struct reading *reading, const char *tag)
{
    if (strcmp(tag, "table") == 0) {
        end_sheet(reading);
    } else if (strcmp(tag, "table-row") == 0) {
        end_row(reading, reading->repeat_row);
    } else if (strcmp(tag, "table-cell") == 0 || strcmp(tag, "covered-table-cell") == 0) {
        const struct text *text =
            reading->attribute.length > 0 ? &reading->attribute : &reading->value;
        const struct slice value = { text->bytes ? text->bytes : "", text->length };

        if (value.length == 0)
            reading->column = reading->repeat_cell < COLUMNS_MAX - reading->column
                                  ? reading->column + (int32_t)reading->repeat_cell
                                  : COLUMNS_MAX;
        else
            for (int64_t i = 0; i < reading->repeat_cell && reading->column < COLUMNS_MAX; i++)
                add_cell(reading, value);
        reading->in_cell = false;
    } else if (strcmp(tag, "p") == 0) {
        reading->capture = false;
    } else if (strcmp(tag, "annotation") == 0) {
        reading->in_phonetic = false;
    }
}

/* --------------------------------------------------- strings, forms and names of an .xlsx */

/* A form of number that shows days, months, hours: letters outside quotes and brackets. */
static bool is_date_format(const char *code)
{
    bool quoted = false, bracket = false;

    for (; *code; code++) {
        if (*code == '"')
            quoted = !quoted;
        else if (*code == '\\' && code[1])
            code++;
        else if (!quoted && *code == '[')
            bracket = true;
        else if (*code == ']')
            bracket = false;
        else if (!quoted && !bracket && strchr("yYdDhHsS", *code))
            return true;
        else if (!quoted && !bracket && (*code == 'm' || *code == 'M'))
            return true;
    }
    return false;
}

static bool is_date_number(const struct reading *reading, int64_t number)
{
    if ((number >= 14 && number <= 22) || (number >= 27 && number <= 36) ||
        (number >= 45 && number <= 47) || (number >= 50 && number <= 58))
        return true;
    for (int32_t i = 0; i < reading->n_date_formats; i++)
        if (reading->date_format[i] == number) return true;
    return false;
}

static void start_styles(struct reading *reading, const char *tag, const char **attributes)
{
    if (strcmp(tag, "numFmt") == 0) {
        const char *code = attribute_of(attributes, "formatCode");
        const int64_t number = number_of(attribute_of(attributes, "numFmtId"), -1, INT32_MAX);

        if (code && number >= 0 && is_date_format(code) && reading->n_date_formats < NAMES_MAX)
            reading->date_format[reading->n_date_formats++] = (int32_t)number;
    } else if (strcmp(tag, "cellXfs") == 0) {
        reading->in_cell_styles = true;
    } else if (reading->in_cell_styles && strcmp(tag, "xf") == 0 &&
               reading->n_styles < STYLES_MAX) {
        const int64_t number = number_of(attribute_of(attributes, "numFmtId"), 0, INT32_MAX);
        if (!reading->date_style) reading->date_style = calloc(STYLES_MAX, 1);
        if (!reading->date_style) {
            stop_memory(reading);
            return;
        }
        reading->date_style[reading->n_styles++] = is_date_number(reading, number);
    }
}

static void end_string(struct reading *reading)
{
    if (reading->n_strings == reading->strings_capacity) {
        const size_t capacity = reading->strings_capacity ? reading->strings_capacity * 2 : 1024;
        size_t *ends = realloc(reading->string_end, capacity * sizeof *ends);

        if (!ends) {
            stop_memory(reading);
            return;
        }
        reading->string_end = ends;
        reading->strings_capacity = capacity;
    }
    if (reading->strings.failed) {
        stop_memory(reading);
        return;
    }
    reading->string_end[reading->n_strings++] = reading->strings.length;
    if (reading->strings.length > STRINGS_MAX) stop(reading, "more than 256 MB of words");
}

static void start_names(struct reading *reading, const char *tag, const char **attributes)
{
    const char *name = attribute_of(attributes, "name");

    if (strcmp(tag, "workbookPr") == 0) {
        const char *epoch = attribute_of(attributes, "date1904");
        reading->from_1904 = epoch && (strcmp(epoch, "1") == 0 || strcmp(epoch, "true") == 0);
    } else if (strcmp(tag, "sheet") == 0 && name && reading->n_names < SHEETS_MAX) {
        if ((reading->sheet_name[reading->n_names] = strdup(name))) reading->n_names++;
    }
}

/* ------------------------------------------------------------------------- XML and archive */

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    const char *tag = local(name);

    switch (reading->kind) {
    case PART_STRINGS:
        if (strcmp(tag, "rPh") == 0) reading->in_phonetic = true;
        if (strcmp(tag, "t") == 0 && !reading->in_phonetic) reading->in_string = true;
        break;
    case PART_STYLES:
        start_styles(reading, tag, attributes);
        break;
    case PART_NAMES:
        start_names(reading, tag, attributes);
        break;
    case PART_SHEET:
        start_xlsx(reading, tag, attributes);
        break;
    case PART_OPENDOCUMENT:
        start_ods(reading, tag, attributes);
        break;
    }
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    const char *tag = local(name);

    switch (reading->kind) {
    case PART_STRINGS:
        if (strcmp(tag, "t") == 0) reading->in_string = false;
        if (strcmp(tag, "rPh") == 0) reading->in_phonetic = false;
        if (strcmp(tag, "si") == 0) end_string(reading);
        break;
    case PART_STYLES:
        if (strcmp(tag, "cellXfs") == 0) reading->in_cell_styles = false;
        break;
    case PART_NAMES:
        break;
    case PART_SHEET:
        end_xlsx(reading, tag);
        break;
    case PART_OPENDOCUMENT:
        end_ods(reading, tag);
        break;
    }
}

static void on_characters(void *context, const char *bytes, int length)
{
    struct reading *reading = context;

    if (length <= 0) return;
    if (reading->kind == PART_STRINGS) {
        if (reading->in_string) text_add(&reading->strings, bytes, (size_t)length);
    } else if (reading->capture && !(reading->kind == PART_OPENDOCUMENT && reading->in_phonetic)) {
        if (reading->value.length > 16 * 1024 * 1024)
            stop(reading, "a cell of more than 16 MB");
        else
            text_add(&reading->value, bytes, (size_t)length);
    }
}

/* Neither form has a document type: entities of one's own are no part of a spreadsheet. */
static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, "a document type, which no spreadsheet has");
}

static bool read_part(struct reading *reading, struct archive *archive, enum part_kind kind)
{
    char block[BLOCK];
    la_ssize_t n;

    reading->kind = kind;
    reading->in_cell = reading->in_inline = reading->in_phonetic = reading->capture = false;
    reading->parser = XML_ParserCreate(NULL);
    if (!reading->parser) return stop_memory(reading);
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_characters);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    do {
        n = archive_read_data(archive, block, sizeof block);
        if (progress_cancelled(reading->progress) && !reading->failed) {
            error_set(reading->error, ERROR_CANCELLED, "stopped while reading a spreadsheet");
            reading->failed = true;
        }
        if (n < 0) stop(reading, "the archive is damaged");
        if (!reading->failed &&
            XML_Parse(reading->parser, block, n > 0 ? (int)n : 0, n == 0) != XML_STATUS_OK)
            stop(reading, "its XML is damaged");
    } while (n > 0 && !reading->failed);
    XML_ParserFree(reading->parser);
    reading->parser = NULL;
    return !reading->failed;
}

static struct archive *open_zip(int fd)
{
    struct archive *archive = lseek(fd, 0, SEEK_SET) == 0 ? archive_read_new() : NULL;

    if (!archive) return NULL;
    archive_read_support_format_zip_seekable(archive);
    if (archive_read_open_fd(archive, fd, BLOCK) == ARCHIVE_OK) return archive;
    archive_read_free(archive);
    return NULL;
}

static bool next_entry(struct archive *archive, const char **name)
{
    struct archive_entry *entry;
    const int status = archive_read_next_header(archive, &entry);

    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return false;
    *name = archive_entry_pathname(entry);
    if (!*name) *name = "";
    return true;
}

bool workbook_recognise(int fd)
{
    struct archive *archive = open_zip(fd);
    const char *name;
    bool found = false, mimetype = false;

    while (archive && !found && next_entry(archive, &name)) {
        if (strcmp(name, "mimetype") == 0) {
            char type[64] = "";
            const la_ssize_t n = archive_read_data(archive, type, sizeof type - 1);
            mimetype = n > 0 && strstr(type, "opendocument.spreadsheet") != NULL;
        }
        found =
            strcmp(name, "xl/workbook.xml") == 0 || (mimetype && strcmp(name, "content.xml") == 0);
    }
    if (archive) archive_read_free(archive);
    return found;
}

static bool is_sheet(const char *name, int64_t *number)
{
    static const char begin[] = "xl/worksheets/sheet";
    const size_t length = strlen(name);

    if (length < sizeof begin + 4 || strncmp(name, begin, sizeof begin - 1) != 0 ||
        strcmp(name + length - 4, ".xml") != 0)
        return false;
    return slice_to_int64((struct slice){ name + sizeof begin - 1, length - sizeof begin + 1 - 4 },
                          number) &&
           *number > 0;
}

/* What the sheets of an .xlsx need before them; an .ods is read at once. */
static bool read_shared(struct reading *reading, struct archive *archive)
{
    const char *name;

    while (next_entry(archive, &name)) {
        bool good = true;

        if (strcmp(name, "xl/sharedStrings.xml") == 0)
            good = read_part(reading, archive, PART_STRINGS);
        else if (strcmp(name, "xl/styles.xml") == 0)
            good = read_part(reading, archive, PART_STYLES);
        else if (strcmp(name, "xl/workbook.xml") == 0)
            good = read_part(reading, archive, PART_NAMES);
        else if (strcmp(name, "content.xml") == 0)
            good = read_part(reading, archive, PART_OPENDOCUMENT);
        if (!good) return false;
    }
    return true;
}

static bool read_sheets(struct reading *reading, struct archive *archive)
{
    const char *name;
    int64_t number;

    while (next_entry(archive, &name)) {
        char plain[32];

        if (!is_sheet(name, &number)) continue;
        snprintf(plain, sizeof plain, "sheet%d", (int)(number > 9999 ? 9999 : number));
        if (!begin_sheet(reading,
                         number <= reading->n_names ? reading->sheet_name[number - 1] : plain) ||
            !read_part(reading, archive, PART_SHEET) || !end_sheet(reading))
            return false;
    }
    return true;
}

static void reading_fini(struct reading *reading)
{
    if (reading->out) fclose(reading->out);
    for (int32_t i = 0; i < reading->n_names; i++)
        free(reading->sheet_name[i]);
    text_fini(&reading->strings);
    text_fini(&reading->row);
    text_fini(&reading->value);
    text_fini(&reading->attribute);
    free(reading->string_end);
    free(reading->date_style);
}

struct workbook *workbook_open(int fd, const char *path, const struct progress *progress,
                               struct error *error)
{
    struct error why = { 0 };
    struct reading *reading = calloc(1, sizeof *reading);
    struct workbook *workbook = calloc(1, sizeof *workbook);
    struct archive *archive = NULL;
    bool done = false;

    if (!reading || !workbook) {
        error_memory(error, "a spreadsheet");
        goto out;
    }
    *reading = (struct reading){ .workbook = workbook, .error = &why, .progress = progress };
    for (int pass = 0; pass < 2; pass++) {
        archive = open_zip(fd);
        done =
            archive && (pass == 0 ? read_shared(reading, archive) : read_sheets(reading, archive));
        if (archive) archive_read_free(archive);
        if (!done) break;
    }
    if (!done)
        error_set(error, why.code == ERROR_NONE ? ERROR_INPUT : why.code,
                  "%s: a spreadsheet that is damaged or too large (%s); nothing of it was taken",
                  path, why.code == ERROR_NONE ? "no archive" : why.text);
    reading_fini(reading);
out:
    free(reading);
    if (done) return workbook;
    workbook_close(workbook);
    return NULL;
}

void workbook_close(struct workbook *workbook)
{
    if (!workbook) return;
    for (int32_t i = 0; i < workbook->n; i++) {
        close(workbook->sheets[i].fd);
        free(workbook->sheets[i].name);
    }
    free(workbook->sheets);
    free(workbook);
}

/* Drives a program in a pseudo-terminal behind which libvterm draws: a script of lines, read from
 * standard input. The first line that does not hold ends it with status 1 and shows the screen.
 *
 *     size ROWS COLUMNS       before start: how large the terminal is
 *     start COMMAND WORD...   $NAME in a word is replaced from the environment
 *     keys KEY...             names (Enter, Esc, Up, F4, C-z …) or letters, sent in one piece
 *     type TEXT               the text as it is
 *     paste TEXT              as a terminal pastes it; \n is a line's end
 *     click ROW COLUMN, wheel up|down
 *     wait TEXT / gone TEXT   until it stands on screen / stands nowhere
 *     settle                  until nothing more comes
 *     resize ROWS COLUMNS     with its signal
 *     signal NAME             TERM, TSTP, CONT, SEGV …
 *     stopped                 until the program has stopped
 *     exit STATUS             until it ended with this status, or this signal ("SEGV")
 *     restored                settings as before the start, main screen, visible cursor
 *     taken                   the opposite: other screen, and the keys come raw
 *     cursor TEXT / nocursor  the cursor stands in the row with this text / is hidden
 *     plain / coloured        no cell has a colour / some have
 *     ascii                   no character beyond ASCII is in sight
 *     copied TEXT             the last text put on the clipboard
 *     moves COUNT KEY MOST NAME
 *                             presses a key so often, each after the frame of the one before; a
 *                             press costs at most MOST bytes, with all that comes without a pause;
 *                             one that costs more is done again with nothing else under way
 *     rests COUNT KEY NAME    the same, each after what follows when the keys rest: how much comes
 *     idle MILLISECONDS       not a byte comes and no processor time is spent
 *     screen                  prints the screen
 *     styles                  prints how its cells look: "row first-last bold 110 on 24"
 */
#include "../support/pty.h"

#include <ctype.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

enum { PATIENCE = 20, WORDS = 32, PENDING = 64 };

struct term {
    struct pty pty;
    bool running;
    int rows, columns;
    VTerm *vterm;
    VTermScreen *screen;
    bool other_screen, cursor_visible;
    size_t bytes; /* from the program, in all */
    char copied[4096];
    size_t n_copied;
    char last; /* printed character, for REP */
    char pending[PENDING];
    size_t n_pending; /* of an escape sequence that is not whole yet */
    bool in_string;   /* of an OSC */
};

/* ------------------------------------------------------------------------------ the terminal */

static int set_property(VTermProp property, VTermValue *value, void *user)
{
    struct term *term = user;
    if (property == VTERM_PROP_ALTSCREEN) term->other_screen = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE) term->cursor_visible = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = set_property };

static int digit(char letter)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = letter ? strchr(digits, letter) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* OSC 52 ; c ; BASE64. */
static void take_string(struct term *term, const char *bytes, size_t length)
{
    unsigned held = 0;
    int bits = 0;
    if (length < 5 || strncmp(bytes, "52;c;", 5) != 0) return;
    term->n_copied = 0;
    for (size_t i = 5; i < length; i++) {
        int value = digit(bytes[i]);
        if (value < 0) break;
        held = held << 6 | (unsigned)value;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        if (term->n_copied + 1 < sizeof term->copied)
            term->copied[term->n_copied++] = (char)(held >> bits & 255);
    }
    term->copied[term->n_copied] = 0;
}

/* libvterm 0.1 knows no REP ("the last character n times more"): it is written out here. Strings
 * to the terminal are kept back from it too. */
static void feed_byte(struct term *term, char byte)
{
    static char string[8192];
    static size_t n_string;
    char *pending = term->pending;
    if (term->in_string) {
        if (byte == '\a' || byte == '\\') {
            take_string(term, string, n_string);
            term->in_string = false;
        } else if (byte != '\033' && n_string < sizeof string) {
            string[n_string++] = byte;
        }
        return;
    }
    if (term->n_pending == 0 && byte != '\033') {
        if ((unsigned char)byte >= 32) term->last = byte;
        vterm_input_write(term->vterm, &byte, 1);
        return;
    }
    if (term->n_pending < PENDING) pending[term->n_pending++] = byte;
    if (term->n_pending == 1) return;
    if (term->n_pending == 2 && byte == '[') return;
    if (term->n_pending == 2 && byte == ']') {
        term->in_string = true;
        n_string = term->n_pending = 0;
        return;
    }
    if (pending[1] == '[' && (byte < '@' || byte > '~')) return;
    if (pending[1] == '[' && byte == 'b') {
        for (int i = atoi(pending + 2); i > 0; i--)
            vterm_input_write(term->vterm, &term->last, 1);
    } else {
        vterm_input_write(term->vterm, pending, term->n_pending);
    }
    term->n_pending = 0;
}

/* Reads for a while; false when nothing came. */
static bool pump(struct term *term, int milliseconds)
{
    char bytes[8192];
    size_t n = pty_read(&term->pty, bytes, sizeof bytes, milliseconds);
    for (size_t i = 0; i < n; i++)
        feed_byte(term, bytes[i]);
    term->bytes += n;
    return n > 0;
}

static void settle(struct term *term, int quiet)
{
    double until = pty_clock() + PATIENCE;
    while (pty_clock() < until && pump(term, quiet))
        continue;
}

/* A row as UTF-8; what is not ASCII is counted. */
static int row_text(const struct term *term, int row, char *out, size_t size)
{
    size_t n = 0;
    int beyond = 0;
    for (int column = 0; column < term->columns && n + 8 < size; column++) {
        VTermScreenCell cell;
        vterm_screen_get_cell(term->screen, (VTermPos){ row, column }, &cell);
        uint32_t code = cell.chars[0];
        if (code == (uint32_t)-1) continue;
        if (code == 0) code = ' ';
        if (code > 126) beyond++;
        if (code < 0x80) {
            out[n++] = (char)code;
        } else if (code < 0x800) {
            out[n++] = (char)(0xC0 | code >> 6);
            out[n++] = (char)(0x80 | (code & 63));
        } else {
            out[n++] = (char)(0xE0 | (code >> 12 & 15));
            out[n++] = (char)(0x80 | (code >> 6 & 63));
            out[n++] = (char)(0x80 | (code & 63));
        }
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    return beyond;
}

static void print_screen(const struct term *term, FILE *to)
{
    char line[4096];
    for (int row = 0; row < term->rows; row++) {
        row_text(term, row, line, sizeof line);
        fprintf(to, "|%s\n", line);
    }
}

/* The row that has the text, or -1. */
static int find(const struct term *term, const char *text)
{
    char line[4096];
    for (int row = 0; row < term->rows; row++) {
        row_text(term, row, line, sizeof line);
        if (strstr(line, text)) return row;
    }
    return -1;
}

static bool wait_for(struct term *term, const char *text, bool there)
{
    double until = pty_clock() + PATIENCE;
    while ((find(term, text) >= 0) != there) {
        if (pty_clock() > until || (term->pty.ended && !pump(term, 0))) return false;
        pump(term, 50);
    }
    return true;
}

static int coloured(const struct term *term)
{
    int n = 0;
    for (int row = 0; row < term->rows; row++) {
        for (int column = 0; column < term->columns; column++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(term->screen, (VTermPos){ row, column }, &cell);
            n += !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
        }
    }
    return n;
}

static void add_colour(char *out, size_t size, const char *before, const VTermColor *colour)
{
    size_t used = strlen(out);
    if (VTERM_COLOR_IS_INDEXED(colour))
        snprintf(out + used, size - used, "%s%d", before, colour->indexed.idx);
}

static void describe(const struct term *term, int row, int column, char *out, size_t size)
{
    VTermScreenCell cell;
    vterm_screen_get_cell(term->screen, (VTermPos){ row, column }, &cell);
    snprintf(out, size, "%s%s%s", cell.attrs.bold ? " bold" : "",
             cell.attrs.underline ? " underline" : "", cell.attrs.reverse ? " reverse" : "");
    if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) && cell.chars[0] > ' ')
        add_colour(out, size, " ", &cell.fg);
    if (!VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)) add_colour(out, size, " on ", &cell.bg);
}

/* A blank without paper or line looks like what it stands beside. */
static bool alike(const struct term *term, int row, int column, const char *now)
{
    char next[96];
    VTermScreenCell cell;
    describe(term, row, column, next, sizeof next);
    vterm_screen_get_cell(term->screen, (VTermPos){ row, column }, &cell);
    bool blank = cell.chars[0] <= ' ' && !strstr(next, "on") && !strstr(next, "e");
    return strcmp(now, next) == 0 || (blank && !strstr(now, "on") && !strstr(now, "e"));
}

/* Runs of cells that look alike; plain ones are left out. */
static void print_styles(const struct term *term)
{
    for (int row = 0; row < term->rows; row++) {
        char now[96];
        for (int from = 0, to; from < term->columns; from = to) {
            describe(term, row, from, now, sizeof now);
            for (to = from + 1; to < term->columns && alike(term, row, to, now); to++)
                continue;
            if (now[0]) printf("%d %d-%d%s\n", row, from, to - 1, now);
        }
    }
}

static int beyond_ascii(const struct term *term)
{
    char line[4096];
    int n = 0;
    for (int row = 0; row < term->rows; row++)
        n += row_text(term, row, line, sizeof line);
    return n;
}

/* --------------------------------------------------------------------------------- the keys */

static const struct {
    const char *name, *bytes;
} keys[] = {
    { "Up", "\033OA" },   { "Down", "\033OB" },  { "Right", "\033OC" },   { "Left", "\033OD" },
    { "Home", "\033OH" }, { "End", "\033OF" },   { "PgUp", "\033[5~" },   { "PgDn", "\033[6~" },
    { "Del", "\033[3~" }, { "Ins", "\033[2~" },  { "Enter", "\r" },       { "Esc", "\033" },
    { "Tab", "\t" },      { "S-Tab", "\033[Z" }, { "Backspace", "\177" }, { "Space", " " },
    { "F1", "\033OP" },   { "F2", "\033OQ" },    { "F3", "\033OR" },      { "F4", "\033OS" },
    { "F5", "\033[15~" }, { "F6", "\033[17~" },  { "F7", "\033[18~" },    { "F8", "\033[19~" },
    { "F9", "\033[20~" }, { "F10", "\033[21~" },
};

static void add_key(const char *word, char *out, size_t size)
{
    char control[2] = { 0 };
    const char *bytes = word;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(word, keys[i].name) == 0) bytes = keys[i].bytes;
    if (strncmp(word, "C-", 2) == 0 && word[2] && !word[3]) {
        control[0] = (char)(word[2] & 31);
        bytes = control;
    }
    snprintf(out + strlen(out), size - strlen(out), "%s", bytes);
}

static void send_text(struct term *term, const char *text)
{
    pty_write(&term->pty, text, strlen(text));
}

static void send_mouse(struct term *term, int button, int row, int column)
{
    char bytes[64];
    snprintf(bytes, sizeof bytes, "\033[<%d;%d;%dM\033[<%d;%d;%dm", button, column + 1, row + 1,
             button, column + 1, row + 1);
    send_text(term, bytes);
}

static void paste(struct term *term, const char *text)
{
    send_text(term, "\033[200~");
    for (; *text; text++) {
        bool line = text[0] == '\\' && text[1] == 'n';
        if (line) text++;
        pty_write(&term->pty, line ? "\r" : text, 1);
    }
    send_text(term, "\033[201~");
}

/* ------------------------------------------------------------------------------- the program */

static bool start(struct term *term, char **words)
{
    for (char **word = words; *word; word++)
        if ((*word)[0] == '$' && getenv(*word + 1)) *word = getenv(*word + 1);
    if (term->running) pty_end(&term->pty);
    if (term->vterm) vterm_free(term->vterm);
    term->other_screen = false;
    term->vterm = vterm_new(term->rows, term->columns);
    vterm_set_utf8(term->vterm, 1);
    term->screen = vterm_obtain_screen(term->vterm);
    vterm_screen_set_callbacks(term->screen, &callbacks, term);
    vterm_screen_enable_altscreen(term->screen, 1);
    vterm_screen_reset(term->screen, 1);
    term->cursor_visible = true;
    term->running = pty_start(&term->pty, term->rows, term->columns, words);
    return term->running;
}

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = { { "TERM", SIGTERM }, { "TSTP", SIGTSTP }, { "CONT", SIGCONT },
                    { "SEGV", SIGSEGV }, { "HUP", SIGHUP },   { "INT", SIGINT },
                    { "QUIT", SIGQUIT }, { "ABRT", SIGABRT }, { "KILL", SIGKILL } };
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (strcmp(signals[i].name, name) == 0) return signals[i].number;
    return 0;
}

static bool ended(struct term *term, const char *how)
{
    double until = pty_clock() + PATIENCE;
    while (!term->pty.ended && pty_clock() < until)
        pump(term, 50);
    settle(term, 50);
    if (!term->pty.ended) return false;
    int number = signal_number(how), status = term->pty.status;
    if (number) return WIFSIGNALED(status) && WTERMSIG(status) == number;
    return WIFEXITED(status) && WEXITSTATUS(status) == atoi(how);
}

static bool stopped(struct term *term)
{
    double until = pty_clock() + PATIENCE;
    while (!term->pty.stopped && pty_clock() < until)
        pump(term, 50);
    settle(term, 50);
    return term->pty.stopped;
}

/* Processor time in ticks; -1 where there is no /proc. */
static long ticks(const struct term *term)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)term->pty.program);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *at = read ? strrchr(line, ')') : NULL;
    if (!at ||
        sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return -1;
    return (long)(user + system);
}

static bool idle(struct term *term, int milliseconds)
{
    settle(term, 300);
    size_t before = term->bytes;
    long spent = ticks(term);
    double until = pty_clock() + milliseconds / 1e3;
    while (pty_clock() < until)
        pump(term, 50);
    if (term->bytes != before) printf("%zu bytes came\n", term->bytes - before);
    if (ticks(term) != spent) printf("%ld ticks were spent\n", ticks(term) - spent);
    return term->bytes == before && ticks(term) == spent;
}

/* Bytes that come for a key: until a pause of so many milliseconds. */
static size_t press(struct term *term, const char *bytes, int quiet)
{
    size_t before = term->bytes;
    double until = pty_clock() + 0.5; /* a key at the end of a list changes nothing */
    send_text(term, bytes);
    while (term->bytes == before && pty_clock() < until)
        pump(term, 10);
    settle(term, quiet);
    return term->bytes - before;
}

/* The same move with nothing of an earlier key under way: back, silence that is longer than keys
 * have to rest, and there again. On a machine that is busy what belongs to one key comes with the
 * next. */
static size_t press_alone(struct term *term, const char *key, const char *bytes, int quiet)
{
    enum { SILENCE = 1300 }; /* milliseconds; tests set :rest 1000 at most */
    const char *back = strcmp(key, "j") == 0 ? "k" : strcmp(key, "Down") == 0 ? "Up" : NULL;
    char bytes_back[64] = "";
    if (!back) return SIZE_MAX;
    add_key(back, bytes_back, sizeof bytes_back);
    settle(term, SILENCE);
    press(term, bytes_back, quiet);
    settle(term, SILENCE);
    return press(term, bytes, quiet);
}

/* The most that a press costs; one that costs more than `limit` is measured alone. */
static size_t presses(struct term *term, int count, const char *key, int quiet, size_t limit,
                      const char *name)
{
    size_t all = 0, max = 0;
    char bytes[64] = "";
    add_key(key, bytes, sizeof bytes);
    settle(term, quiet > 120 ? quiet : 120);
    for (int i = 0; i < count; i++) {
        size_t cost = press(term, bytes, quiet);
        if (cost > limit) {
            const size_t alone = press_alone(term, key, bytes, quiet);
            printf("%s, press %d: %zu bytes, alone %zu\n", name, i + 1, cost, alone);
            if (alone < cost) cost = alone;
        }
        all += cost;
        if (cost > max) max = cost;
    }
    if (all == 0) printf("nothing moved\n");
    all /= (size_t)(count > 0 ? count : 1);
    printf("%-10s %3dx%-3d %-5s %5zu bytes a press on average, %5zu at most\n", name, term->columns,
           term->rows, key, all, max);
    return all > 0 ? max : SIZE_MAX;
}

static void resize(struct term *term, int rows, int columns)
{
    term->rows = rows;
    term->columns = columns;
    vterm_set_size(term->vterm, rows, columns);
    pty_resize(&term->pty, rows, columns);
}

/* -------------------------------------------------------------------------------- the script */

static int split(char *line, char **words)
{
    int n = 0;
    for (char *word = strtok(line, " "); word && n < WORDS - 1; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    return n;
}

static bool do_input(struct term *term, const char *verb, const char *rest, char **words, int n,
                     bool *known)
{
    *known = true;
    if (strcmp(verb, "keys") == 0) {
        char bytes[512] = "";
        for (int i = 0; i < n; i++)
            add_key(words[i], bytes, sizeof bytes);
        send_text(term, bytes);
    } else if (strcmp(verb, "type") == 0) {
        send_text(term, rest);
    } else if (strcmp(verb, "paste") == 0) {
        paste(term, rest);
    } else if (strcmp(verb, "click") == 0 && n == 2) {
        send_mouse(term, 0, atoi(words[0]), atoi(words[1]));
    } else if (strcmp(verb, "wheel") == 0 && n == 1) {
        send_mouse(term, strcmp(words[0], "up") == 0 ? 64 : 65, term->rows / 2, 2);
    } else if (strcmp(verb, "resize") == 0 && n == 2) {
        resize(term, atoi(words[0]), atoi(words[1]));
    } else if (strcmp(verb, "signal") == 0 && n == 1) {
        kill(term->pty.program, signal_number(words[0]));
    } else {
        *known = false;
    }
    return true;
}

static bool check_cursor(const struct term *term, const char *text)
{
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(term->vterm), &at);
    return term->cursor_visible && at.row == find(term, text);
}

static bool restored(const struct term *term)
{
    bool settings = pty_restored(&term->pty);
    if (!settings) printf("the settings are not those of before\n");
    if (term->other_screen) printf("the other screen is still there\n");
    if (!term->cursor_visible) printf("the cursor is hidden\n");
    return settings && !term->other_screen && term->cursor_visible;
}

static bool do_check(struct term *term, const char *verb, const char *rest, char **words, int n)
{
    if (strcmp(verb, "wait") == 0) return wait_for(term, rest, true);
    if (strcmp(verb, "gone") == 0) return wait_for(term, rest, false);
    if (strcmp(verb, "exit") == 0) return ended(term, rest);
    if (strcmp(verb, "stopped") == 0) return stopped(term);
    if (strcmp(verb, "moves") == 0 && n == 4)
        return presses(term, atoi(words[0]), words[1], 30, (size_t)atol(words[2]), words[3]) <=
               (size_t)atol(words[2]);
    if (strcmp(verb, "rests") == 0 && n == 3)
        return presses(term, atoi(words[0]), words[1], 250, SIZE_MAX, words[2]) < SIZE_MAX;
    if (strcmp(verb, "idle") == 0) return idle(term, atoi(rest));
    settle(term, 150);
    if (strcmp(verb, "settle") == 0) return true;
    if (strcmp(verb, "restored") == 0) return restored(term);
    if (strcmp(verb, "taken") == 0) return !pty_restored(&term->pty) && term->other_screen;
    if (strcmp(verb, "cursor") == 0) return check_cursor(term, rest);
    if (strcmp(verb, "nocursor") == 0) return !term->cursor_visible;
    if (strcmp(verb, "plain") == 0) return coloured(term) == 0;
    if (strcmp(verb, "coloured") == 0) return coloured(term) > 0;
    if (strcmp(verb, "ascii") == 0) return beyond_ascii(term) == 0;
    if (strcmp(verb, "copied") == 0) return strstr(term->copied, rest) != NULL;
    if (strcmp(verb, "screen") == 0) {
        print_screen(term, stdout);
        return true;
    }
    if (strcmp(verb, "styles") == 0) {
        print_styles(term);
        return true;
    }
    printf("\"%s\" is no word of the script\n", verb);
    return false;
}

static bool run_line(struct term *term, char *line)
{
    char *words[WORDS], copy[2048];
    char *verb = line, *rest = line + strcspn(line, " ");
    if (*rest) *rest++ = 0;
    snprintf(copy, sizeof copy, "%s", rest);
    int n = split(copy, words);
    bool known;
    if (strcmp(verb, "size") == 0 && n == 2) {
        term->rows = atoi(words[0]);
        term->columns = atoi(words[1]);
        return true;
    }
    if (strcmp(verb, "start") == 0) return start(term, words);
    if (!term->running) {
        printf("nothing was started yet\n");
        return false;
    }
    return do_input(term, verb, rest, words, n, &known) &&
           (known || do_check(term, verb, rest, words, n));
}

int main(void)
{
    struct term term = { .rows = 24, .columns = 80 };
    char line[2048], shown[2048];
    bool good = true;
    for (int number = 1; good && fgets(line, sizeof line, stdin); number++) {
        char *at = line + strspn(line, " \t");
        at[strcspn(at, "\n")] = 0;
        if (!*at || *at == '#') continue;
        snprintf(shown, sizeof shown, "%s", at);
        good = run_line(&term, at);
        if (!good) printf("line %d does not hold: %s\n", number, shown);
    }
    if (!good && term.vterm) print_screen(&term, stdout);
    if (term.running) pty_end(&term.pty);
    if (term.vterm) vterm_free(term.vterm);
    return !good;
}

#define _GNU_SOURCE /* ppoll */
#include "terminal.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns /* term.h takes these words for itself */
#undef lines

enum { OWN_PASTE_BEGIN = KEY_MAX + 1, OWN_PASTE_END };

struct terminal {
    SCREEN *screen;
    struct output output;
    enum colour_depth colour_depth;
    const struct theme *theme; /* whose pairs are set */
    struct theme shown_theme;
    struct grid *shown; /* what the terminal has; NULL = unknown */
    sigset_t awake;     /* signals that get through while waiting */
    sigset_t before;
    int log;         /* the stderr of before */
    int empty_reads; /* wakes in a row that brought no key */
    bool mouse;
    bool escape; /* Esc came, its key may follow */
};

/* The restore record: all that a signal handler may touch. */
static struct {
    volatile sig_atomic_t armed;
    struct termios settings;
    char bytes[256];
    size_t length;
    pthread_t owner; /* the thread that waits for signals */
} restore;

static volatile sig_atomic_t resized, stopped, continued;

static const int fatal[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV,
                             SIGABRT, SIGBUS, SIGFPE, SIGILL,  SIGTRAP };
enum { FATALS = sizeof fatal / sizeof fatal[0] };

static void restore_now(void)
{
    if (!restore.armed) return;
    restore.armed = 0;
    ssize_t written = write(STDOUT_FILENO, restore.bytes, restore.length);
    (void)written;
    tcsetattr(STDIN_FILENO, TCSANOW, &restore.settings);
}

static void on_fatal(int number)
{
    int saved = errno;
    restore_now();
    signal(number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    errno = saved;
}

/* Libraries have threads that block nothing (OpenBLAS starts its own before main): what they catch
 * is handed on, or the wait would sleep through it. */
static void on_notice(int number)
{
    if (!pthread_equal(pthread_self(), restore.owner)) {
        pthread_kill(restore.owner, number);
        return;
    }
    if (number == SIGWINCH) resized = 1;
    if (number == SIGTSTP) stopped = 1;
    if (number == SIGCONT) continued = 1;
}

/* A capability without its padding ("$<5>"), appended to the restore bytes. */
static void remember(const char *bytes)
{
    while (*bytes && restore.length < sizeof restore.bytes) {
        if (bytes[0] == '$' && bytes[1] == '<') {
            const char *end = strchr(bytes, '>');
            if (end) {
                bytes = end + 1;
                continue;
            }
        }
        restore.bytes[restore.length++] = *bytes++;
    }
}

static void remember_capability(const char *name)
{
    const char *bytes = tigetstr(name);
    if (bytes && bytes != (const char *)-1) remember(bytes);
}

static void arm(void)
{
    restore.length = 0;
    remember("\033[?2004l\033[?1006l\033[?1002l\033[?1000l");
    remember_capability("sgr0");
    remember_capability("rmkx");
    remember_capability("rmcup");
    remember_capability("cnorm");
    restore.armed = 1;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void install_signals(struct terminal *terminal)
{
    sigset_t notices;
    sigemptyset(&notices);
    sigaddset(&notices, SIGWINCH);
    sigaddset(&notices, SIGTSTP);
    sigaddset(&notices, SIGCONT);
    sigaddset(&notices, SIGTERM);
    sigaddset(&notices, SIGHUP);
    sigaddset(&notices, SIGINT);
    pthread_sigmask(SIG_BLOCK, &notices, &terminal->before);
    terminal->awake = terminal->before;
    handle(SIGWINCH, on_notice, 0);
    handle(SIGCONT, on_notice, 0);
    handle(SIGPIPE, SIG_IGN, 0);
    for (int i = 0; i < FATALS; i++)
        handle(fatal[i], on_fatal, (int)SA_RESETHAND);
}

/* Libraries that write to stderr must not write across the screen. */
static void redirect_log(struct terminal *terminal, const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0) fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    terminal->log = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return;
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void send(const char *bytes)
{
    output_send(bytes, strlen(bytes));
}

/* Back to the person's own screen. The cursor is shown after that too: some terminals keep it with
 * the screen it was hidden on. */
static void leave(void)
{
    const char *visible = tigetstr("cnorm");
    send("\033[?2004l");
    endwin();
    if (visible && visible != (const char *)-1) putp(visible);
    fflush(stdout);
    restore.armed = 0;
}

void terminal_mouse(struct terminal *terminal, bool on)
{
    mmask_t wanted = BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_RELEASED | BUTTON4_PRESSED;
#ifdef BUTTON5_PRESSED
    wanted |= BUTTON5_PRESSED;
#endif
    terminal->mouse = on;
    mousemask(on ? wanted : 0, NULL);
    mouseinterval(0);
}

static enum colour_depth find_colour_depth(const struct terminal_options *options)
{
    if (!options->colour || !has_colors()) return DEPTH_MONO;
    start_color();
    use_default_colors();
    if (COLORS >= 256 && COLOR_PAIRS >= 64) return DEPTH_256;
    return COLORS >= 8 ? DEPTH_16 : DEPTH_MONO;
}

static void free_memory(struct terminal *terminal)
{
    output_close(&terminal->output);
    grid_free(terminal->shown);
    free(terminal);
}

struct terminal *terminal_open(const struct terminal_options *options, struct error *error)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(error, ERROR_USAGE,
                  "the workbench needs a terminal; for scripts there are commands (aisle --help)");
        return NULL;
    }
    struct terminal *terminal = calloc(1, sizeof *terminal);
    if (!terminal || !output_open(&terminal->output)) {
        free(terminal);
        error_memory(error, "the terminal");
        return NULL;
    }
    tcgetattr(STDIN_FILENO, &restore.settings);
    set_escdelay(25);
    restore.owner = pthread_self();
    /* Before newterm(): where this signal is taken already, ncurses keeps its hands off it; else it
     * ignores it during every refresh, and what came then is lost. */
    handle(SIGTSTP, on_notice, 0);
    terminal->screen = newterm(NULL, terminal->output.file, stdin);
    if (!terminal->screen) {
        signal(SIGTSTP, SIG_DFL);
        const char *name = getenv("TERM");
        error_set(error, ERROR_IO, "this terminal (TERM=%s) is not known here; try TERM=xterm",
                  name ? name : "");
        free_memory(terminal);
        return NULL;
    }
    set_term(terminal->screen);
    arm();
    install_signals(terminal);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    typeahead(
        -1); /* frames are small and keys are drained before each: none is given up half-way */
    idlok(stdscr, TRUE); /* a list that moves on by a row is scrolled by the terminal */
    curs_set(0);
    define_key("\033[200~", OWN_PASTE_BEGIN);
    define_key("\033[201~", OWN_PASTE_END);
    terminal->colour_depth = find_colour_depth(options);
    terminal_mouse(terminal, options->mouse);
    redirect_log(terminal, options->log);
    refresh();
    send("\033[?2004h");
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    if (!terminal) return;
    leave();
    delscreen(terminal->screen);
    for (int i = 0; i < FATALS; i++)
        signal(fatal[i], SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    signal(SIGWINCH, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &terminal->before, NULL);
    if (terminal->log >= 0) {
        dup2(terminal->log, STDERR_FILENO);
        close(terminal->log);
    }
    free_memory(terminal);
}

void terminal_size(const struct terminal *terminal, int *rows, int *columns)
{
    (void)terminal;
    getmaxyx(stdscr, *rows, *columns);
}

/* Colours beyond what a 16-colour terminal of 8 colours has become bold. */
static short foreground_of(const struct style *style)
{
    return (short)(style->foreground >= 8 && style->foreground < 16 && COLORS < 16
                       ? style->foreground - 8
                       : style->foreground);
}

static void use_theme(struct terminal *terminal, const struct theme *theme)
{
    terminal->shown_theme = *theme;
    terminal->theme = &terminal->shown_theme;
    if (terminal->colour_depth == DEPTH_MONO) return;
    for (int m = 1; m < MEANINGS; m++) {
        const struct style *style = &theme->style[terminal->colour_depth][m];
        init_pair((short)m, foreground_of(style), style->background);
    }
}

static attr_t attributes_of(const struct terminal *terminal, enum meaning meaning)
{
    const struct style *style = &terminal->theme->style[terminal->colour_depth][meaning];
    attr_t attributes = A_NORMAL;
    if (style->attributes & STYLE_BOLD) attributes |= A_BOLD;
    if (style->attributes & STYLE_DIM) attributes |= A_DIM;
    if (style->attributes & STYLE_UNDERLINE) attributes |= A_UNDERLINE;
    if (style->attributes & STYLE_REVERSE) attributes |= A_REVERSE;
    if (terminal->colour_depth == DEPTH_16 && COLORS < 16 && style->foreground >= 8 &&
        style->foreground < 16)
        attributes |= A_BOLD;
    return attributes;
}

/* Whether a blank of this meaning looks like any other blank. */
static bool shows_on_blanks(const struct terminal *terminal, enum meaning meaning)
{
    const struct style *style = &terminal->theme->style[terminal->colour_depth][meaning];
    if (meaning == MEANING_TEXT) return false;
    return style->background >= 0 || style->attributes & (STYLE_UNDERLINE | STYLE_REVERSE);
}

/* A blank has no ink: it takes the meaning of what stands before it, which saves the change of
 * colour and back (20 bytes) between any two fields. */
static enum meaning inked(const struct terminal *terminal, const struct grid_cell *cell,
                          enum meaning before)
{
    enum meaning meaning = (enum meaning)cell->meaning;
    bool blank = cell->code[0] == ' ' && cell->code[1] == 0;
    return blank && !shows_on_blanks(terminal, meaning) && !shows_on_blanks(terminal, before)
               ? before
               : meaning;
}

/* The C library's idea of a width rules where the cursor goes; where it differs from ours, a
 * question mark keeps the columns straight. */
static void put_cell(const struct terminal *terminal, int row, int column,
                     const struct grid_cell *cell, enum meaning meaning)
{
    wchar_t codes[GRID_CODES + 1] = { 0 };
    bool agreed = wcwidth((wchar_t)cell->code[0]) == cell->width;
    int n = 0;
    for (int i = 0; i < GRID_CODES && cell->code[i]; i++) {
        if (i > 0 && wcwidth((wchar_t)cell->code[i]) != 0) continue;
        codes[n++] = (wchar_t)cell->code[i];
    }
    if (!agreed) {
        codes[0] = L'?';
        codes[1] = 0;
    }
    cchar_t sent;
    short pair =
        (short)(terminal->colour_depth == DEPTH_MONO || meaning == MEANING_TEXT ? 0 : meaning);
    attr_t attributes = meaning == MEANING_TEXT ? A_NORMAL : attributes_of(terminal, meaning);
    if (setcchar(&sent, codes, attributes, pair, NULL) != OK) return;
    mvadd_wch(row, column, &sent);
    if (!agreed && cell->width == 2) {
        codes[0] = L' ';
        if (setcchar(&sent, codes, attributes, pair, NULL) == OK) mvadd_wch(row, column + 1, &sent);
    }
}

static bool keep_shown(struct terminal *terminal, const struct grid *grid)
{
    size_t bytes = (size_t)grid->rows * (size_t)grid->columns * sizeof *grid->cells;
    struct grid *shown = terminal->shown;
    if (!shown || shown->rows != grid->rows || shown->columns != grid->columns) {
        grid_free(shown);
        terminal->shown = shown = grid_new(grid->rows, grid->columns);
        if (!shown) return false;
    }
    memcpy(shown->cells, grid->cells, bytes);
    return true;
}

void terminal_show(struct terminal *terminal, const struct grid *grid, const struct theme *theme)
{
    int rows, columns;
    terminal_size(terminal, &rows, &columns);
    bool all = !terminal->shown || terminal->shown->rows != grid->rows ||
               terminal->shown->columns != grid->columns;
    if (!terminal->theme || !theme_equal(&terminal->shown_theme, theme)) {
        use_theme(terminal, theme);
        all = true;
    }
    size_t row_bytes = (size_t)grid->columns * sizeof *grid->cells;
    for (int row = 0; row < grid->rows && row < rows; row++) {
        if (!all &&
            memcmp(grid_cell(grid, row, 0), grid_cell(terminal->shown, row, 0), row_bytes) == 0)
            continue;
        enum meaning meaning = MEANING_TEXT;
        for (int column = 0; column < grid->columns && column < columns; column++) {
            const struct grid_cell *cell = grid_cell(grid, row, column);
            if (cell->width == 0) continue;
            meaning = inked(terminal, cell, meaning);
            put_cell(terminal, row, column, cell, meaning);
        }
    }
    if (grid->cursor_row >= 0) move(grid->cursor_row, grid->cursor_column);
    leaveok(stdscr, grid->cursor_row < 0); /* a hidden cursor may stay where it is */
    output_begin(&terminal->output);
    curs_set(grid->cursor_row >= 0 ? 1 : 0);
    refresh();
    output_end(&terminal->output);
    keep_shown(terminal, grid);
}

void terminal_repaint(struct terminal *terminal)
{
    grid_free(terminal->shown);
    terminal->shown = NULL;
    clearok(curscr, TRUE);
}

static int take_signals(struct terminal *terminal)
{
    int why = 0;
    if (stopped) {
        stopped = 0;
        terminal_suspend(terminal);
        why |= WOKEN_RESIZE;
    }
    if (continued) {
        continued = 0;
        terminal_repaint(terminal);
        why |= WOKEN_RESIZE;
    }
    if (resized) {
        struct winsize size;
        resized = 0;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
            resizeterm(size.ws_row, size.ws_col);
        terminal_repaint(terminal); /* what terminals do to the old lines differs */
        why |= WOKEN_RESIZE;
    }
    return why;
}

int terminal_wait(struct terminal *terminal, int pipe, int milliseconds)
{
    struct pollfd watched[2] = { { STDIN_FILENO, POLLIN, 0 }, { pipe, POLLIN, 0 } };
    struct timespec limit = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    int n = ppoll(watched, 2, milliseconds < 0 ? NULL : &limit, &terminal->awake);
    bool failed = n < 0 && errno != EINTR; /* before anything else sets errno */
    int why = take_signals(terminal);
    if (n < 0) return failed ? why | WOKEN_GONE : why;
    if (watched[0].revents & (POLLHUP | POLLERR | POLLNVAL)) why |= WOKEN_GONE;
    if (watched[1].revents & POLLIN) {
        char bytes[256];
        while (read(pipe, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
            continue;
        why |= WOKEN_PIPE;
    }
    if (watched[0].revents & POLLIN) {
        why |= WOKEN_KEYS;
        /* Readable, but no key comes: the end of the file. Keys reset the count. */
        if (++terminal->empty_reads > 8) why |= WOKEN_GONE;
    }
    return why;
}

static bool read_mouse(struct key *key)
{
    MEVENT event;
    if (getmouse(&event) != OK) return false;
    key->row = event.y;
    key->column = event.x;
    if (event.bstate & BUTTON4_PRESSED) key->code = KEYS_WHEEL_UP;
#ifdef BUTTON5_PRESSED
    else if (event.bstate & BUTTON5_PRESSED)
        key->code = KEYS_WHEEL_DOWN;
#endif
    else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        key->code = KEYS_CLICK;
    else
        return false;
    return true;
}

static key_code special(wint_t code)
{
    switch (code) {
    case KEY_UP:
        return KEYS_UP;
    case KEY_DOWN:
        return KEYS_DOWN;
    case KEY_LEFT:
        return KEYS_LEFT;
    case KEY_RIGHT:
        return KEYS_RIGHT;
    case KEY_HOME:
        return KEYS_HOME;
    case KEY_END:
        return KEYS_END;
    case KEY_PPAGE:
        return KEYS_PAGE_UP;
    case KEY_NPAGE:
        return KEYS_PAGE_DOWN;
    case KEY_DC:
        return KEYS_DELETE;
    case KEY_IC:
        return KEYS_INSERT;
    case KEY_BTAB:
        return KEYS_BACK_TAB;
    case KEY_ENTER:
        return KEYS_ENTER;
    case KEY_BACKSPACE:
        return KEYS_BACKSPACE;
    case OWN_PASTE_BEGIN:
        return KEYS_PASTE_BEGIN;
    case OWN_PASTE_END:
        return KEYS_PASTE_END;
    default:
        break;
    }
    if (code >= KEY_F(1) && code <= KEY_F(12)) return (key_code)(KEYS_F1 + (int)(code - KEY_F(1)));
    return KEYS_NONE;
}

static key_code plain(wint_t code)
{
    if (code == '\n' || code == '\r') return KEYS_ENTER;
    if (code == 8 || code == 127) return KEYS_BACKSPACE;
    return (key_code)code;
}

/* Esc and a key sent together are that key with Alt; an Esc on its own is Esc. */
bool terminal_read(struct terminal *terminal, struct key *key)
{
    for (;;) {
        wint_t code = 0;
        int kind = get_wch(&code);
        *key = (struct key){ 0 };
        if (kind == ERR) {
            if (!terminal->escape) return false;
            terminal->escape = false;
            key->code = KEYS_ESCAPE;
            return true;
        }
        terminal->empty_reads = 0;
        if (kind == KEY_CODE_YES && code == KEY_MOUSE) {
            if (!read_mouse(key)) continue;
        } else if (kind == KEY_CODE_YES) {
            key->code = special(code);
        } else if (code == KEYS_ESCAPE && !terminal->escape) {
            terminal->escape = true;
            continue;
        } else {
            key->code = plain(code);
        }
        if (key->code == KEYS_NONE) continue;
        if (terminal->escape && key->code != KEYS_ESCAPE) key->code |= KEYS_ALT;
        terminal->escape = false;
        return true;
    }
}

void terminal_suspend(struct terminal *terminal)
{
    sigset_t stop;
    leave();
    signal(SIGTSTP, SIG_DFL);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    raise(SIGTSTP); /* to this thread: another one would stop us a moment later, back on screen */
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    handle(SIGTSTP, on_notice, 0);
    restore.armed = 1;
    resized = 1; /* it may have another size now */
    terminal_repaint(terminal);
    refresh();
    send("\033[?2004h");
    take_signals(terminal);
}

void terminal_copy(struct terminal *terminal, struct slice text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct text out = { 0 };
    (void)terminal;
    text_add_string(&out, "\033]52;c;");
    for (size_t i = 0; i < text.length; i += 3) {
        unsigned triple = 0;
        char quad[4];
        for (size_t k = 0; k < 3; k++)
            triple = triple << 8 | (i + k < text.length ? (unsigned char)text.bytes[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            quad[k] = i + k > text.length ? '=' : digits[triple >> (18 - 6 * k) & 63];
        text_add(&out, quad, 4);
    }
    text_add_string(&out, "\a");
    if (!out.failed) send(out.bytes);
    text_fini(&out);
}

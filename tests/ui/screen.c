/* Draws one screen without a terminal: screen WORKSPACE ROWS COLUMNS FORMAT [COMMAND [KEYS]].
 * FORMAT is text, html, svg or meanings; COMMAND is what would follow ':'; KEYS are typed after it.
 * The clock stands still, so that the same workspace gives the same screen. */
#include "ui/ui.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t still(void)
{
    return moment_from_civil(2026, 11, 1, 12, 0, 0);
}

int main(int argc, char **argv)
{
    struct error error = { 0 };
    struct text out = { 0 };
    const struct ui_options options = {
        .command = argc > 5 ? argv[5] : NULL,
        .theme = getenv("AISLE_THEME"),
        .bare = true,
        .now = still,
    };
    if (argc < 5) return 2;
    struct workspace *workspace = workspace_open(argv[1], WORKSPACE_WRITE, &error);
    struct engine *engine = workspace ? engine_new(workspace, &error) : NULL;
    bool drawn = engine && ui_screen(engine, &options, atoi(argv[2]), atoi(argv[3]),
                                     argc > 6 ? argv[6] : NULL, argv[4], &out, &error);
    if (drawn)
        fwrite(out.bytes, 1, out.length, stdout);
    else
        fprintf(stderr, "screen: %s\n", error.text);
    text_fini(&out);
    engine_free(engine);
    workspace_close(workspace);
    return !drawn;
}

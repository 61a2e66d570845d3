/* feed_page.c - see feed_page.h. */
#include "feed_page.h"

#include <math.h>
#include <string.h>

enum { PARTS = 12 }; /* of a node; the rest is one line */

static void add_html(struct text *out, struct slice text)
{
    static const struct {
        char sign;
        const char *entity;
    } entities[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
    };
    struct text visible = { 0 };

    text_add_visible(&visible, text.bytes, text.length);
    for (size_t i = 0; i < visible.length; i++) {
        const char *entity = NULL;
        for (size_t e = 0; e < sizeof entities / sizeof *entities; e++)
            if (visible.bytes[i] == entities[e].sign) entity = entities[e].entity;
        if (entity)
            text_add_string(out, entity);
        else
            text_add(out, visible.bytes + i, 1);
    }
    if (visible.failed) out->failed = true;
    text_fini(&visible);
}

static void add_bar(struct text *out, double share)
{
    if (!isfinite(share)) share = 0;
    const double width = fmin(fabs(share), 1) * 100;
    text_format(out, "<i class=\"%s\" style=\"width:%.1f%%\"></i>", share < 0 ? "no" : "yes",
                width);
}

/* One part of a score, and what it is made of behind a click. */
static void add_node(struct text *out, const struct label_style *style,
                     const struct dataset *dataset, const struct receipt *node, double whole)
{
    struct text label = { 0 };
    const bool open = node->n_children > 0;

    label_receipt(style, dataset, node, &label);
    text_add_string(out, open ? "<details><summary>" : "<p>");
    text_format(out, "<b>%.4f</b> <span class=\"bar\">", node->value);
    add_bar(out, whole < 0 || whole > 0 ? node->value / whole : 0);
    text_add_string(out, "</span> ");
    add_html(out, (struct slice){ label.bytes, label.length });
    text_add_string(out, open ? "</summary>" : "</p>");
    for (int32_t c = 0; c < node->n_children; c++)
        add_node(out, style, dataset, &node->children[c], whole);
    if (open) text_add_string(out, "</details>");
    text_add_string(out, "\n");
    if (label.failed) out->failed = true;
    text_fini(&label);
}

static bool add_row(struct text *out, const struct feed_page *page, int32_t row,
                    struct error *error)
{
    const struct dataset *dataset = page->serving->dataset;
    const struct receipt_limits limits = { .children = PARTS };
    const struct label_style style = { words_of(page->profile), &page->privacy->pseudonymiser };
    const int32_t item = page->feed->rows[row].item;
    struct receipt *receipt =
        feed_explain(page->feed, page->serving->model, page->shopper, item, &limits, error);

    if (!receipt || !privacy_guard(page->privacy, receipt, error)) {
        receipt_free(receipt);
        return false;
    }
    text_format(out, "<details class=\"row\"><summary><span class=\"rank\">%d</span> ", row + 1);
    add_html(out, label_item(dataset, item));
    text_add_string(out, " <code>");
    add_html(out, names_get(&dataset->item_ids, item));
    text_format(out, "</code><b class=\"score\">%.4f</b></summary>\n",
                (double)page->feed->rows[row].score);
    for (int32_t c = 0; c < receipt->n_children; c++)
        add_node(out, &style, dataset, &receipt->children[c], receipt->value);
    text_format(out, "<p class=\"sum\">sum %.4f, residual %.1e</p></details>\n", receipt->value,
                receipt_residual(receipt));
    receipt_free(receipt);
    return true;
}

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>aisle</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em}\n"
    "details details,details p{margin:.1em 0 .1em 1.6em}\n"
    ".row{border-top:1px solid #8884;padding:.4em 0}\n.row>summary{font-size:17px}\n"
    "summary{cursor:pointer}\n.rank{display:inline-block;min-width:1.6em;opacity:.6}\n"
    "code{opacity:.6}\n.score{float:right}\n.sum{opacity:.6}\n"
    ".bar{display:inline-block;width:8em;height:.7em;background:#8883}\n"
    ".bar i{display:block;height:100%}\n.yes{background:#3a7}\n.no{background:#c53}\n"
    "</style></head><body>\n";

static void add_title(struct text *out, const struct feed_page *page)
{
    char moment[MOMENT_TEXT_SIZE];
    const struct shopper *shopper = page->shopper;

    text_add_string(out, head);
    text_add_string(out, "<h1>");
    add_html(out, page->user);
    text_format(out, "</h1>\n<p>What %s run %lld lists, ", page->serving->run.kind,
                (long long)page->serving->run.id);
    text_format(out, "%s UTC, from %s that the user has. ", moment_text(page->made, moment),
                text_count(shopper->n, "item").text);
    text_add_string(out, "A row opens to why it is there, a part to what it is made of.</p>\n");
}

bool feed_page_write(const struct feed_page *page, bytes_put *put, void *context,
                     struct error *error)
{
    struct text out = { 0 };
    bool good = true;

    add_title(&out, page);
    for (int32_t row = 0; row < page->feed->n && good; row++) {
        good = add_row(&out, page, row, error) && !out.failed &&
               put(context, out.bytes, out.length, error);
        text_clear(&out);
    }
    if (good && page->feed->n == 0) text_add_string(&out, "<p>Nothing.</p>\n");
    text_add_string(&out, "</body></html>\n");
    if (good && !out.failed) good = put(context, out.bytes, out.length, error);
    if (out.failed) good = error_memory(error, "a page");
    text_fini(&out);
    return good;
}

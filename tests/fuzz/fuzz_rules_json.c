/* A rule as a line or as JSON: what is read is written, and reads back the same. */
#include "aisle/rule.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct rule rule, again;
    struct error error = { 0 };
    struct text json = { 0 }, line = { 0 }, other = { 0 };
    const struct slice text = { size > 0 ? (const char *)bytes : "", size };

    if (!rule_parse(&rule, text, &error)) {
        if (error.code == ERROR_NONE || strlen(error.text) < 5) abort();
        rule_fini(&rule);
        return 0;
    }
    rule_json(&rule, &json);
    rule_text(&rule, &line);
    if (!rule_parse(&again, (struct slice){ json.bytes, json.length }, &error)) abort();
    rule_json(&again, &other);
    if (other.length != json.length || memcmp(other.bytes, json.bytes, json.length) != 0) abort();
    rule_is_on(&again, 1700000000);
    rule_fini(&again);
    rule_fini(&rule);
    text_fini(&json);
    text_fini(&line);
    text_fini(&other);
    return 0;
}

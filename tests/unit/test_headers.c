// All public headers in one file: no name means two things. tests/cli/rooms.test finds one that is
// not here.
#include "aisle/ask.h"
#include "aisle/attention_map.h"
#include "aisle/audience.h"
#include "aisle/bytes.h"
#include "aisle/compare.h"
#include "aisle/counterfactual.h"
#include "aisle/dataset.h"
#include "aisle/diff.h"
#include "aisle/embedded.h"
#include "aisle/encoder.h"
#include "aisle/engine.h"
#include "aisle/erase.h"
#include "aisle/erasure.h"
#include "aisle/error.h"
#include "aisle/evaluate.h"
#include "aisle/evaluation.h"
#include "aisle/export.h"
#include "aisle/external.h"
#include "aisle/feed.h"
#include "aisle/feed_all.h"
#include "aisle/finetune.h"
#include "aisle/impact.h"
#include "aisle/import.h"
#include "aisle/ingest.h"
#include "aisle/job.h"
#include "aisle/language.h"
#include "aisle/learning.h"
#include "aisle/model.h"
#include "aisle/moment.h"
#include "aisle/parallel.h"
#include "aisle/past.h"
#include "aisle/pipeline.h"
#include "aisle/progress.h"
#include "aisle/receipt.h"
#include "aisle/record.h"
#include "aisle/rescue.h"
#include "aisle/rng.h"
#include "aisle/rows.h"
#include "aisle/rule.h"
#include "aisle/rules.h"
#include "aisle/runs.h"
#include "aisle/scenarios.h"
#include "aisle/shop.h"
#include "aisle/shopper.h"
#include "aisle/similarity.h"
#include "aisle/sparse.h"
#include "aisle/sparse_product.h"
#include "aisle/split.h"
#include "aisle/table.h"
#include "aisle/text.h"
#include "aisle/tokens.h"
#include "aisle/tune.h"
#include "aisle/watch.h"
#include "aisle/whynot.h"
#include "aisle/workspace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Two results called "comparison" stood in two headers, so that no file could include both.
static void both_comparisons_have_a_name_of_their_own(void **state)
{
    (void)state;
    const struct comparison of_lists = { .rbo = 1 };
    const struct model_comparison of_models = { .p = 1 };
    assert_true(of_lists.rbo >= of_models.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_comparisons_have_a_name_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

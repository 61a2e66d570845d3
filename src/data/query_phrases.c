/* query_phrases.c - tables of phrases; folded, so without case and diacritics. */
#include "query_phrases.h"

#include <string.h>

struct phrase_entry {
    const char *words;
    enum phrase phrase;
};

static const struct phrase_entry entries[] = {
    { "under", PHRASE_AT_MAX },
    { "below", PHRASE_AT_MAX },
    { "less than", PHRASE_AT_MAX },
    { "cheaper than", PHRASE_AT_MAX },
    { "for less than", PHRASE_AT_MAX },
    { "for under", PHRASE_AT_MAX },
    { "at most", PHRASE_AT_MAX },
    { "no more than", PHRASE_AT_MAX },
    { "not more than", PHRASE_AT_MAX },
    { "up to", PHRASE_AT_MAX },
    { "max", PHRASE_AT_MAX },
    { "maximum", PHRASE_AT_MAX },
    { "unter", PHRASE_AT_MAX },
    { "bis", PHRASE_AT_MAX },
    { "bis zu", PHRASE_AT_MAX },
    { "hochstens", PHRASE_AT_MAX },
    { "maximal", PHRASE_AT_MAX },
    { "weniger als", PHRASE_AT_MAX },
    { "billiger als", PHRASE_AT_MAX },
    { "gunstiger als", PHRASE_AT_MAX },
    { "moins de", PHRASE_AT_MAX },
    { "a moins de", PHRASE_AT_MAX },
    { "moins cher que", PHRASE_AT_MAX },
    { "jusqu a", PHRASE_AT_MAX },
    { "jusqua", PHRASE_AT_MAX },
    { "au plus", PHRASE_AT_MAX },
    { "menos de", PHRASE_AT_MAX },
    { "por menos de", PHRASE_AT_MAX },
    { "por debajo de", PHRASE_AT_MAX },
    { "hasta", PHRASE_AT_MAX },
    { "over", PHRASE_AT_MIN },
    { "above", PHRASE_AT_MIN },
    { "more than", PHRASE_AT_MIN },
    { "at least", PHRASE_AT_MIN },
    { "uber", PHRASE_AT_MIN },
    { "mehr als", PHRASE_AT_MIN },
    { "mindestens", PHRASE_AT_MIN },
    { "ab", PHRASE_AT_MIN },
    { "plus de", PHRASE_AT_MIN },
    { "au moins", PHRASE_AT_MIN },
    { "mas de", PHRASE_AT_MIN },
    { "al menos", PHRASE_AT_MIN },
    { "desde", PHRASE_AT_MIN },
    { "between", PHRASE_BETWEEN },
    { "from", PHRASE_BETWEEN },
    { "zwischen", PHRASE_BETWEEN },
    { "von", PHRASE_BETWEEN },
    { "entre", PHRASE_BETWEEN },
    { "de", PHRASE_BETWEEN },
    { "for", PHRASE_FOR },
    { "fur", PHRASE_FOR },
    { "pour", PHRASE_FOR },
    { "por", PHRASE_FOR },
    { "not", PHRASE_NOT },
    { "but not", PHRASE_NOT },
    { "no", PHRASE_NOT },
    { "without", PHRASE_NOT },
    { "except", PHRASE_NOT },
    { "non", PHRASE_NOT },
    { "nothing with", PHRASE_NOT },
    { "isnt", PHRASE_NOT },
    { "arent", PHRASE_NOT },
    { "ohne", PHRASE_NOT },
    { "nicht", PHRASE_NOT },
    { "kein", PHRASE_NOT },
    { "keine", PHRASE_NOT },
    { "keinen", PHRASE_NOT },
    { "keiner", PHRASE_NOT },
    { "keines", PHRASE_NOT },
    { "keinem", PHRASE_NOT },
    { "ausser", PHRASE_NOT },
    { "sans", PHRASE_NOT },
    { "pas", PHRASE_NOT },
    { "pas de", PHRASE_NOT },
    { "pas d", PHRASE_NOT },
    { "sauf", PHRASE_NOT },
    { "sin", PHRASE_NOT },
    { "nada de", PHRASE_NOT },
    { "excepto", PHRASE_NOT },
    { "senza", PHRASE_NOT },
    { "zonder", PHRASE_NOT },
    { "niet", PHRASE_NOT },
    { "geen", PHRASE_NOT },
    { "sem", PHRASE_NOT },
    { "by", PHRASE_BY },
    { "made by", PHRASE_BY },
    { "from", PHRASE_BY },
    { "of", PHRASE_BY },
    { "of brand", PHRASE_BY },
    { "brand", PHRASE_BY },
    { "in", PHRASE_BY },
    { "von", PHRASE_BY },
    { "der marke", PHRASE_BY },
    { "von der marke", PHRASE_BY },
    { "marke", PHRASE_BY },
    { "de la marque", PHRASE_BY },
    { "de", PHRASE_BY },
    { "par", PHRASE_BY },
    { "en", PHRASE_BY },
    { "de la marca", PHRASE_BY },
    { "por", PHRASE_BY },
    { "new", PHRASE_NEW },
    { "newest", PHRASE_NEW },
    { "newly added", PHRASE_NEW },
    { "latest", PHRASE_NEW },
    { "neu", PHRASE_NEW },
    { "neue", PHRASE_NEW },
    { "neuen", PHRASE_NEW },
    { "neues", PHRASE_NEW },
    { "neuer", PHRASE_NEW },
    { "neueste", PHRASE_NEW },
    { "neuesten", PHRASE_NEW },
    { "nouveau", PHRASE_NEW },
    { "nouveaux", PHRASE_NEW },
    { "nouvelle", PHRASE_NEW },
    { "nouvelles", PHRASE_NEW },
    { "nuevo", PHRASE_NEW },
    { "nuevos", PHRASE_NEW },
    { "nueva", PHRASE_NEW },
    { "nuevas", PHRASE_NEW },
};

enum { PHRASE_WORDS = 4 };

/* How many of the words the entry takes; 0 = it is another. */
static int32_t entry_takes(const char *entry, const struct slice *words, int32_t n)
{
    for (int32_t w = 0; w < n && w < PHRASE_WORDS; w++) {
        const size_t length = words[w].length;
        if (strncmp(entry, words[w].bytes, length) != 0) return 0;
        if (entry[length] == '\0') return w + 1;
        if (entry[length] != ' ') return 0;
        entry += length + 1;
    }
    return 0;
}

int32_t phrase_takes(enum phrase phrase, const struct slice *words, int32_t n)
{
    int32_t taken = 0;

    for (size_t e = 0; e < sizeof entries / sizeof *entries; e++) {
        if (entries[e].phrase != phrase) continue;
        const int32_t takes = entry_takes(entries[e].words, words, n);
        if (takes > taken) taken = takes;
    }
    return taken;
}

/* Whether the word stands in a list of words split by blanks, blanks at both ends too. */
static bool list_has(const char *list, struct slice word)
{
    for (const char *at = list; word.length > 0 && (at = strchr(at, ' ')) && at[1]; at++)
        if (strncmp(at + 1, word.bytes, word.length) == 0 && at[1 + word.length] == ' ')
            return true;
    return false;
}

bool phrase_is_currency(struct slice word)
{
    return list_has(" euro euros eur dollar dollars usd pound pounds gbp bucks yen jpy franken "
                    "francs chf kronor sek pesos cents ",
                    word);
}

bool phrase_is_range(struct slice word)
{
    return list_has(" and to bis und et a y e ", word);
}

bool phrase_is_article(struct slice word)
{
    return list_has(" the a an der die das den dem des ein eine einen einem einer la le les un une "
                    "el los las una ",
                    word);
}

bool phrase_is_colour(struct slice word)
{
    return list_has(" black white red blue green yellow orange purple violet pink brown grey gray "
                    "beige turquoise gold silver navy cream schwarz weiss rot blau grun gelb lila "
                    "rosa braun grau noir blanc rouge bleu vert jaune rose marron gris negro "
                    "blanco rojo azul verde amarillo morado naranja ",
                    word);
}

bool phrase_is_or(struct slice word)
{
    return list_has(" or nor oder noch ou ni o ", word);
}

bool phrase_is_degree(struct slice word)
{
    return list_has(" too very so any a an the of more that really zu sehr all allzu trop tres de "
                    "du des d la le les un une muy demasiado demasiada el los las be is ",
                    word);
}

/* Words that people put round what they want, by language. */
static const char *const fillers[] = {
    [LANGUAGE_ENGLISH] =
        " a about all also am an and any anyone anything are as at be best bought buy buys by can "
        "could customer did do does find following for from get gets give good has have he her him "
        "his i id im in interested is it item items its like likes looking me my need needs next "
        "of on or our out please product products recommend recommended s she should show so some "
        "someone something suggest t than that the their them there these they thing things this "
        "those to under us user want wanted wants was we what which who will with would you your "
        "too very really more into just but nor not no without one ones kind stuff help makes make "
        "keep ",
    [LANGUAGE_GERMAN] =
        " ein eine einen einem einer eines der die das den dem des und oder fur mit zum zur im in "
        "ich "
        "wir suche suchen mochte brauche etwas was mir uns mein meine meinen meinem meiner unser "
        "unsere bitte von zu auf fur aus bei ist sind es sie er man am an ab als auch nach uber "
        "gibt habt haben hat gern gerne kann will wurde welche welches welcher nicht kein keine "
        "ohne sehr mehr aber doch ",
    [LANGUAGE_FRENCH] =
        " un une des le la les l de du d et ou pour avec je j nous cherche cherchons voudrais veux "
        "quelque chose qui que qu mon ma mes notre nos en dans sur au aux par est sont il elle ce "
        "cette ces se s n y a sans pas ne tres plus mais s il vous plait besoin ",
    [LANGUAGE_SPANISH] =
        (" un una unos unas el la los las de del y o para con busco buscamos quiero necesito algo "
         "que mi mis nuestro nuestra en por al es son se lo su sus me no sin muy mas pero a "
         "favor "),
    [LANGUAGE_OTHER] = " ",
};

bool phrase_is_filler(struct slice word, enum language language)
{
    return list_has(fillers[language], word) ||
           (language == LANGUAGE_OTHER && list_has(fillers[LANGUAGE_ENGLISH], word));
}

bool phrase_tells(struct slice word, enum language language)
{
    static const char *const telling[] = {
        [LANGUAGE_ENGLISH] = " the of and for with to my something that is it which want wants "
                             "looking would like about on by from at are who ",
        [LANGUAGE_GERMAN] = " ein eine einen einem einer der das den dem und oder fur mit zum zur "
                            "ich suche mochte etwas mein meine meinen meinem meiner von ohne "
                            "nicht kein keine keinen auf aus unter im uber gegen ",
        [LANGUAGE_FRENCH] = " une des le les du et ou pour avec je cherche quelque mon ma mes dans "
                            "aux est sans pas qui voudrais moins l d ",
        [LANGUAGE_SPANISH] = " una unos unas el del y para busco quiero necesito algo mis sin muy "
                             "mi en los las un ",
        [LANGUAGE_OTHER] = " ",
    };

    return list_has(telling[language], word);
}

/* ------------------------------------------------------------------- scripts without blanks */

static size_t begins(struct slice text, const char *phrase)
{
    const size_t length = strlen(phrase);

    return text.length >= length && memcmp(text.bytes, phrase, length) == 0 ? length : 0;
}

size_t phrase_refuses(struct slice text)
{
    static const char *const refusals[] = { "不要太", "不要", "不含", "不带", "没有", "不是",
                                            "不太",   "而不", "除了", "无",   "非",   "不" };
    size_t taken = 0;

    for (size_t i = 0; taken == 0 && i < sizeof refusals / sizeof *refusals; i++)
        taken = begins(text, refusals[i]);
    return taken;
}

size_t phrase_bound(struct slice text, bool behind, enum phrase *phrase)
{
    static const struct {
        const char *words;
        bool behind;
        enum phrase phrase;
    } bounds[] = {
        { "以下", true, PHRASE_AT_MAX },     { "以内", true, PHRASE_AT_MAX },
        { "之内", true, PHRASE_AT_MAX },     { "以上", true, PHRASE_AT_MIN },
        { "低于", false, PHRASE_AT_MAX },    { "少于", false, PHRASE_AT_MAX },
        { "不到", false, PHRASE_AT_MAX },    { "不超过", false, PHRASE_AT_MAX },
        { "最多", false, PHRASE_AT_MAX },    { "高于", false, PHRASE_AT_MIN },
        { "超过", false, PHRASE_AT_MIN },    { "至少", false, PHRASE_AT_MIN },
        { "より安い", true, PHRASE_AT_MAX }, { "未満", true, PHRASE_AT_MAX },
        { "より高い", true, PHRASE_AT_MIN },
    };
    static const char *const units[] = { "元", "块", "欧元", "美元", "円", "日元", "ユーロ" };

    size_t unit = 0;
    for (size_t i = 0; behind && unit == 0 && i < sizeof units / sizeof *units; i++)
        unit = begins(text, units[i]);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const struct slice rest = { text.bytes + unit, text.length - unit };
        const size_t taken = bounds[i].behind == behind ? begins(rest, bounds[i].words) : 0;
        if (taken == 0) continue;
        *phrase = bounds[i].phrase;
        return unit + taken;
    }
    return 0;
}

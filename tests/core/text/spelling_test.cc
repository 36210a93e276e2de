// What a typed text becomes, rule by rule, and that spelling twice is spelling once.
#include "core/text/spelling.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/test.h"

namespace trivium {
namespace {

const Spelling kSmall;
const Spelling kAsTyped = {.lower_case = false};

std::string Spell(std::string_view text) { return SpellWords(text, kSmall); }

TEST_CASE("capitals become small letters unless the model knows them", "[text]") {
  REQUIRE(Spell("Is Ann taller than Bob?") == "is ann taller than bob ?");
  REQUIRE(SpellWords("Is Ann taller than Bob?", kAsTyped) == "Is Ann taller than Bob ?");
  REQUIRE(Spell("\u00C9COLE \u0416") == "\u00E9cole \u0436");
}

TEST_CASE("the Turkish dotted I is one letter in both normal forms", "[text]") {
  REQUIRE(Spell("\u0130zmir") == "izmir");
  REQUIRE(Spell("I\u0307zmir") == "izmir");
  REQUIRE(SpellWords("I\u0307zmir", kAsTyped) == "\u0130zmir");
}

TEST_CASE("composed and decomposed letters are the same word", "[text]") {
  REQUIRE(Spell("cafe\u0301") == "caf\u00E9");
  REQUIRE(Spell("caf\u00E9") == "caf\u00E9");
  REQUIRE(Spell("cafe\u200B\u0301") == "caf\u00E9");
  REQUIRE(Spell("H\u0331") == "\u1E96");  // only the small letter has a composed form
  REQUIRE(Spell("a\u0301\u0323") == Spell("a\u0323\u0301"));
  REQUIRE(Spell("\u1112\u1161\u11AB") == "\uD55C");  // Hangul
}

TEST_CASE("any white space and control characters part words", "[text]") {
  REQUIRE(Spell("").empty());
  REQUIRE(Spell(" \t\n\u00A0\u2003").empty());
  REQUIRE(Spell("  new\u00A0york \t\r\n a\u2028b\u3000c\u0085d\v\fe  ") == "new york a b c d e");
  REQUIRE(Spell(std::string_view("a\0b\x01\x7F", 5)) == "a b");
}

TEST_CASE("format characters are removed", "[text]") {
  REQUIRE(Spell("\uFEFFann is red") == "ann is red");
  REQUIRE(Spell("a\u200Bb\u200Cc\u200Dd\u2060e\u00ADf") == "abcdef");
  REQUIRE(Spell("\u202Aa\u202E\u2066b\u2069\u200E\u200F") == "ab");
  REQUIRE(Spell("\uFEFF\u200B").empty());
}

TEST_CASE("a private-use character is part of a word", "[text]") {
  REQUIRE(Spell("New\uE000York is big") == "new\uE000york is big");
  REQUIRE(Spell("\uE000-\uE000'\uE000") == "\uE000-\uE000'\uE000");
}

TEST_CASE("each byte that is no UTF-8 becomes the replacement character", "[text]") {
  REQUIRE(Spell("a\xFF\xFE z\xC3") == "a\uFFFD\uFFFD z\uFFFD");
  REQUIRE(Spell("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  REQUIRE(Spell("\xC0\x80") == "\uFFFD\uFFFD");            // an overlong NUL
  REQUIRE(Spell("\xF4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("points, commas and colons inside numbers belong to them", "[text]") {
  REQUIRE(Spell("3.5") == "3.5");
  REQUIRE(Spell("3.5.") == "3.5 .");
  REQUIRE(Spell("3 . 5") == "3 . 5");
  REQUIRE(Spell("1,000 10:30 2.0.1") == "1,000 10:30 2.0.1");
  REQUIRE(Spell(".5 -.5 (.5)") == ".5 -.5 ( .5 )");
  REQUIRE(Spell("1,a a.5 3..5 x:1") == "1 , a a . 5 3 . .5 x : 1");
}

TEST_CASE("a minus before a number is its sign", "[text]") {
  REQUIRE(Spell("-3 (-3) 2 -3") == "-3 ( -3 ) 2 -3");
  REQUIRE(Spell("--3 -x -. -") == "- -3 - x - . -");
  REQUIRE(Spell("1-2 50%-60%") == "1-2 50% - 60%");
}

TEST_CASE("apostrophes and hyphens inside words belong to them", "[text]") {
  REQUIRE(Spell("Ann's") == "ann's");
  REQUIRE(Spell("ann 's boss, Ann \u2019s") == "ann 's boss , ann 's");
  REQUIRE(Spell("is 's' a letter, 's-hertogenbosch 'sure") == "is ' s ' a letter , 's-hertogenbosch ' sure");
  REQUIRE(Spell("don\u2019t the 90\u2019s") == "don't the 90's");
  REQUIRE(Spell("the dogs' bowl, the dogs\u2019 bowl") == "the dogs ' bowl , the dogs \u2019 bowl");
  REQUIRE(Spell("well-known well\u2010known") == "well-known well\u2010known");
  REQUIRE(Spell("a - b a-- -b") == "a - b a - - - b");
  REQUIRE(Spell("word\u2014word") == "word \u2014 word");
}

TEST_CASE("every other mark is a word of its own", "[text]") {
  REQUIRE(Spell("\"hi\"") == "\" hi \"");
  REQUIRE(Spell("\u201Chi\u201D \u2018ho\u2019 \u00ABha\u00BB") ==
          "\u201C hi \u201D \u2018 ho \u2019 \u00AB ha \u00BB");
  REQUIRE(Spell("wait... what?!") == "wait . . . what ? !");
  REQUIRE(Spell("f(x)[1];{y}\u3002") == "f ( x ) [ 1 ] ; { y } \u3002");
  REQUIRE(Spell("what\u203C\uFE0Fno") == "what \u203C\uFE0F no");  // a variation selector stays on its mark
}

TEST_CASE("symbols are parts of words", "[text]") {
  REQUIRE(Spell("#5 50% a/b rock&roll me@x a_b a\\b 2*3") == "#5 50% a/b rock&roll me@x a_b a\\b 2*3");
  REQUIRE(Spell("$5 1+1=2 \u20AC7") == "$5 1+1=2 \u20AC7");
}

TEST_CASE("a fact ends in a full stop unless it ends otherwise", "[text]") {
  REQUIRE(SpellFact("Ann is red", kSmall) == "ann is red .");
  REQUIRE(SpellFact("Ann is 3.5.", kAsTyped) == "Ann is 3.5 .");
  REQUIRE(SpellFact("ann is red!", kSmall) == "ann is red !");
  REQUIRE(SpellFact("ann is red ?", kSmall) == "ann is red ?");
  REQUIRE(SpellFact("\u5B89\u662F\u7EA2\u3002", kSmall) == "\u5B89\u662F\u7EA2 \u3002");
  REQUIRE(SpellFact("it is \"red.\"", kSmall) == "it is \" red . \" .");
  REQUIRE(SpellFact(" \uFEFF", kSmall).empty());
}

TEST_CASE("a question ends in one question mark, whatever was typed at its end", "[text]") {
  for (const char* typed : {"who is it", "who is it.", "Who is it?", "who is it ?!", "who is it??", "who is it...",
                            "who is it\uFF1F", "who is it !"}) {
    INFO(typed);
    REQUIRE(SpellQuestion(typed, kSmall) == "who is it ?");
  }
  REQUIRE(SpellQuestion("what? is it 3.5", kSmall) == "what ? is it 3.5 ?");
  REQUIRE(SpellQuestion("?!", kSmall) == "?");
  REQUIRE(SpellQuestion("\t", kSmall).empty());
}

TEST_CASE("spelling twice is spelling once", "[text]") {
  const std::vector<std::string> alphabet = {
      "a",      "I",      "1",      "5",      ".",          ",",      ":",      "-",      "'",      "\u2019", "?",
      "!",      "\"",     " ",      "%",      "_",          "$",      "\u2010", "\u2014", "\u0301", "\u0307", "\u0323",
      "\u0130", "\u0345", "\u00C9", "\u212A", "\U0001F600", "\uE000", "\u00A0", "\u200D", "\u3002", "\uFE0F", "\u1100",
      "\u1161", "\u037E", "\n",     "\xFF",   "\xC3",       "\xA9",   "\xE2",   "\x80",   "\u0338", ">"};
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (size_t length = random() % 12; length > 0; --length) text += alphabet[random() % alphabet.size()];
    CAPTURE(text);
    for (const Spelling& spelling : {kSmall, kAsTyped}) {
      for (const auto spell : {SpellWords, SpellFact, SpellQuestion}) {
        const std::string once = spell(text, spelling);
        REQUIRE(spell(once, spelling) == once);
      }
    }
  }
}

TEST_CASE("lines are kept where they count", "[text]") {
  REQUIRE(SpellLines(" The cat,\n\nthe  hat.\r\n", kSmall) == "the cat ,\n\nthe hat .\n");
  REQUIRE(SpellLines("", kSmall).empty());
  REQUIRE(SpellLines("One", kAsTyped) == "One");
}

TEST_CASE("a million combining marks out of order are no more work than other text", "[text]") {
  std::string text = "x";
  std::string sorted = "x";
  const int pairs = 500000;
  for (int i = 0; i < pairs; ++i) {
    text += "\u0335\u0316";  // classes 1 and 220
    sorted += "\u0335";
  }
  for (int i = 0; i < pairs; ++i) sorted += "\u0316";
  REQUIRE((Spell(text) == sorted));  // in brackets, so that a failure prints no megabytes
}

}  // namespace
}  // namespace trivium

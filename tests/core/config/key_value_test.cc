// Single config values: strict numbers, quoting, text checks.
#include "core/config/key_value.h"

#include <cmath>

#include "core/base/seed_tree.h"
#include "tests/test.h"

namespace trivium {

TEST_CASE("integers are plain decimal numbers of 64 bits and nothing else", "[config]") {
  REQUIRE(ParseInteger("0").value() == 0);
  REQUIRE(ParseInteger("-7").value() == -7);
  REQUIRE(ParseInteger("9223372036854775807").value() == INT64_MAX);
  for (const char* wrong :
       {"", "-", "+1", " 1", "1 ", "010", "-01", "0x10", "1e3", "1.0", "1_000", "9223372036854775808", "ten"}) {
    INFO(wrong);
    REQUIRE(!ParseInteger(wrong));
  }
}

TEST_CASE("numbers are finite decimals whatever the locale", "[config]") {
  REQUIRE(ParseNumber("3").value() == 3.0);
  REQUIRE(ParseNumber("-0.5").value() == -0.5);
  REQUIRE(ParseNumber("1e-3").value() == 0.001);
  for (const char* wrong : {"", "nan", "inf", "-inf", "1e400", "0x1p3", "1,5", "01.5", "1.5x", ".", "e5"}) {
    INFO(wrong);
    REQUIRE(!ParseNumber(wrong));
  }
}

TEST_CASE("a number's text gives the same number back and is a number for other YAML readers", "[config]") {
  REQUIRE(NumberText(0.1) == "0.1");
  REQUIRE(NumberText(1e-5) == "1.0e-05");
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const double value = rng.Normal() * std::pow(10.0, static_cast<double>(rng.Between(-200, 200)));
    REQUIRE(ParseNumber(NumberText(value)).value() == value);
  }
}

TEST_CASE("texts are quoted exactly where YAML would read something else", "[config]") {
  REQUIRE(QuoteYaml("run/stage1") == "run/stage1");
  REQUIRE(QuoteYaml("") == "\"\"");
  for (const char* odd : {"true", "No", "null", "5", "1e3", "-x", "a b", "a: b", "#x", "*x", "&x", "~", "a#"}) {
    INFO(odd);
    REQUIRE(QuoteYaml(odd) == std::string("\"") + odd + "\"");
  }
  REQUIRE(QuoteYaml("a\"b\\c\n\t") == R"("a\"b\\c\n\t")");
}

TEST_CASE("clean text is well-formed UTF-8 without control characters", "[config]") {
  for (const char* good : {"", "abc", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "a\tb\n"})
    REQUIRE(IsCleanText(good));
  for (const char* bad : {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xFF", "\x1B", "\x7F", "a\xE2\x82"}) {
    REQUIRE(!IsCleanText(bad));
  }
  REQUIRE(!IsCleanText(std::string(1, '\0')));
}

}  // namespace trivium

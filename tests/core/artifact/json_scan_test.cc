// The checks that nlohmann's parser lacks.
#include "core/artifact/json_scan.h"

#include "core/base/utf8.h"
#include "tests/test.h"

namespace trivium {

TEST_CASE("ordinary JSON gives the same document as nlohmann's parser", "[artifact]") {
  for (const char* text : {"{}", "[]", "null", "-3", "18446744073709551615", "1.5e3", "\"\\u00e9\\n\"",
                           R"({"a":[1,{"b":[[],{}]},"x"],"c":true,"d":{"a":1}})", " [1 , 2]\n"}) {
    const auto json = ParseStrictJson(text);
    REQUIRE(json.ok());
    REQUIRE(*json == nlohmann::json::parse(text));
  }
}

TEST_CASE("repeated keys, deep nesting, NUL, overflow and bad UTF-8 are refused", "[artifact]") {
  using std::string_literals::operator""s;
  for (const std::string& text : {R"({"a":1,"a":2})"s, R"({"x":{"a":1,"b":2,"a":1}})"s, "{} \0x"s, "[1]\0"s, "1e999"s,
                                  "\"\xff\""s, "\"\xc0\x80\""s, ""s, "{"s, "[1,]"s, "{} {}"s, "nul"s, "'a'"s,
                                  std::string(33, '[') + std::string(33, ']'), std::string(1 << 20, '[')}) {
    const auto json = ParseStrictJson(text);
    REQUIRE(ExitCode(json.status()) == 2);
    REQUIRE(IsUtf8(Message(json.status())));
  }
  REQUIRE(ParseStrictJson(std::string(32, '[') + std::string(32, ']')).ok());
}

}  // namespace trivium

// Text and what only looks like it.
#include "core/base/utf8.h"

#include "tests/test.h"

namespace trivium {

TEST_CASE("UTF-8 is told from look-alikes", "[base]") {
  for (const char* good :
       {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    REQUIRE(IsUtf8(good));
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff"}) {
    REQUIRE(!IsUtf8(bad));
  }
}

}  // namespace trivium

// Training, exact round trips and the identity of words.
#include "core/text/tokenizer.h"
#include "core/base/utf8.h"

#include "core/base/seed_tree.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

void AppendUtf8(uint32_t c, std::string& text) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
             static_cast<char>(0x80 | (c & 0x3F))};
  } else {
    text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
             static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
}

// Any code points but surrogates and U+2581, half of them words of the lexicon and spaces.
std::string RandomText(Rng& rng) {
  std::string text;
  for (uint64_t length = rng.Below(20); length > 0; --length) {
    if (rng.Chance(0.5)) {
      text += rng.Chance(0.5) ? rng.Pick(EnglishLexicon().AllWords()) : std::string(rng.Below(4), ' ');
      continue;
    }
    const auto code = static_cast<uint32_t>(rng.Below(rng.Chance(0.5) ? 0x300 : 0x110000));
    if (code != 0x2581 && (code < 0xD800 || code > 0xDFFF)) AppendUtf8(code, text);
  }
  return text;
}

TEST_CASE("every word of the lexicon is one piece with its leading space", "[text]") {
  for (const std::string& word : EnglishLexicon().AllWords()) {
    INFO(word);
    const std::vector<int32_t> ids = BuiltinTokenizer().Encode(" " + word);
    REQUIRE(ids.size() == 1);
    REQUIRE(BuiltinTokenizer().Piece(ids[0]) == "\xE2\x96\x81" + word);
  }
}

TEST_CASE("a sentence of the lexicon has as many pieces as words", "[text]") {
  const std::string sentence = " the friend of ada is abel . 2 blip 3 is 4 ? , if someone is not red";
  REQUIRE(BuiltinTokenizer().Encode(sentence).size() == SplitWords(sentence).size());
}

TEST_CASE("training twice on the same sentences gives the same bytes", "[text]") {
  std::vector<std::string> sentences;
  for (const std::string& name : EnglishLexicon().Words("name"))
    sentences.push_back(" the boss of " + name + " is 42 .");
  const auto first = Tokenizer::Train(sentences, {.vocab_size = 700});
  const auto second = Tokenizer::Train(sentences, {.vocab_size = 700});
  REQUIRE(first.ok());
  REQUIRE(first->bytes() == second->bytes());
  REQUIRE(first->vocab_size() == 700);
}

TEST_CASE("decoding gives back any valid UTF-8", "[text]") {
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = RandomText(rng);
    REQUIRE(IsUtf8(text));
    REQUIRE(BuiltinTokenizer().Decode(BuiltinTokenizer().Encode(text)) == text);
  }
}

TEST_CASE("decoding gives back white space, control characters and the names of special pieces", "[text]") {
  const std::string zero(1, '\0');
  for (const std::string& text :
       {std::string(), std::string(" "), std::string(50, ' '), std::string(" a  b   "),
        std::string("\t\n\r\n \x01\x7f"), "a" + zero + "b", std::string("<s> </s> <unk> <pad> <0x41>"),
        std::string("\xEF\xBB\xBFx"), std::string(3000, 'x'), std::string("1985 12 007")}) {
    INFO(text);
    const std::vector<int32_t> ids = BuiltinTokenizer().Encode(text);
    REQUIRE(BuiltinTokenizer().Decode(ids) == text);
    for (int32_t id : ids) REQUIRE(id > BuiltinTokenizer().pad());  // text can name no special piece
  }
}

TEST_CASE("invalid UTF-8 is encoded as the replacement character", "[text]") {
  REQUIRE(BuiltinTokenizer().Decode(BuiltinTokenizer().Encode("a\xFF\xFE z\xC3")) ==
          "a\xEF\xBF\xBD\xEF\xBF\xBD z\xEF\xBF\xBD");
}

TEST_CASE("a number is encoded digit by digit and a digit is a word", "[text]") {
  std::vector<std::string> sentences(50, " in 1985 there were 1985 of 1985 , 7 and 19 .");
  const auto tokenizer = Tokenizer::Train(sentences, {.vocab_size = 400});
  REQUIRE(tokenizer.ok());
  REQUIRE(tokenizer->Encode(" 1985").size() == 4);
  REQUIRE(tokenizer->Encode(" 7").size() == 1);
}

TEST_CASE("a word has the same pieces wherever it stands", "[text]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  const std::string unseen = "zbigniew";
  const std::vector<Word> first = tokenizer.EncodeWords(unseen + " is red .");
  const std::vector<Word> last = tokenizer.EncodeWords("  the friend\tof ada is   " + unseen + "\n");
  REQUIRE(first.size() == 4);
  REQUIRE(last.size() == 6);
  REQUIRE(first[0].text == unseen);
  REQUIRE(first[0].pieces.size() > 1);
  REQUIRE(first[0].pieces == last[5].pieces);
  REQUIRE(first[0].pieces == tokenizer.Encode(" " + unseen));
}

TEST_CASE("the pieces of a sentence's words are the pieces of the sentence", "[text]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  const std::string sentence = "the rival of zbigniew is maria-luise (aged 42) , isn't it ?";
  std::vector<int32_t> joined;
  for (const Word& word : tokenizer.EncodeWords(sentence)) {
    joined.insert(joined.end(), word.pieces.begin(), word.pieces.end());
    REQUIRE(tokenizer.DecodeWord(word.pieces) == word.text);
  }
  REQUIRE(joined == tokenizer.Encode(" " + sentence));
}

TEST_CASE("empty sentences have no words and no pieces", "[text]") {
  REQUIRE(BuiltinTokenizer().EncodeWords("").empty());
  REQUIRE(BuiltinTokenizer().EncodeWords(" \t\n").empty());
  REQUIRE(BuiltinTokenizer().Encode("").empty());
  REQUIRE(BuiltinTokenizer().Decode({}).empty());
}

TEST_CASE("special pieces have fixed ids and ids outside the vocabulary are skipped", "[text]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  REQUIRE(tokenizer.unk() == 0);
  REQUIRE(tokenizer.bos() == 1);
  REQUIRE(tokenizer.eos() == 2);
  REQUIRE(tokenizer.pad() == 3);
  std::vector<int32_t> ids = tokenizer.Encode(" ada");
  ids.insert(ids.begin(), {-1, 1'000'000, static_cast<int32_t>(tokenizer.vocab_size()), tokenizer.bos()});
  REQUIRE(tokenizer.Decode(ids) == " ada");
  REQUIRE(tokenizer.Piece(-1).empty());
  REQUIRE(tokenizer.Piece(static_cast<int32_t>(tokenizer.vocab_size())).empty());
}

TEST_CASE("a tokenizer loaded from its bytes encodes as before", "[text]") {
  const auto loaded = Tokenizer::FromBytes(BuiltinTokenizer().bytes());
  REQUIRE(loaded.ok());
  REQUIRE(loaded->vocab_size() == BuiltinTokenizer().vocab_size());
  Rng rng(8);
  for (int i = 0; i < 200; ++i) {
    const std::string text = RandomText(rng);
    REQUIRE(loaded->Encode(text) == BuiltinTokenizer().Encode(text));
  }
}

TEST_CASE("nothing to train on is a usage error", "[text]") {
  for (const std::vector<std::string>& sentences :
       {std::vector<std::string>{}, std::vector<std::string>{"", ""}, std::vector<std::string>{" ", "  \n "}}) {
    REQUIRE(ExitCode(Tokenizer::Train(sentences, {}).status()) == 2);
  }
  REQUIRE(ExitCode(Tokenizer::Train({" some text"}, {.vocab_size = 299}).status()) == 2);
}

TEST_CASE("text with more characters than the vocabulary has room for is trained on, rare ones as bytes", "[text]") {
  std::string common, rare;
  for (uint32_t code = 0x4E00; code < 0x4E00 + 20; ++code) AppendUtf8(code, common);
  for (uint32_t code = 0x5000; code < 0x5000 + 3000; ++code) AppendUtf8(code, rare);
  std::vector<std::string> sentences(2000, common);
  sentences.push_back(rare);
  const auto tokenizer = Tokenizer::Train(sentences, {.vocab_size = 400});
  REQUIRE(tokenizer.ok());
  REQUIRE(tokenizer->Decode(tokenizer->Encode(rare)) == rare);
  REQUIRE(tokenizer->Encode(rare).size() > 3 * 2500);
  REQUIRE(tokenizer->Encode(common).size() <= 20);
}

TEST_CASE("text in which all characters are equally common can be trained on", "[text]") {
  std::string text;
  for (uint32_t code = 0x4E00; code < 0x4E00 + 500; ++code) AppendUtf8(code, text);
  const auto tokenizer = Tokenizer::Train({text}, {.vocab_size = 400});
  REQUIRE(tokenizer.ok());
  REQUIRE(tokenizer->Decode(tokenizer->Encode(text)) == text);
}

}  // namespace
}  // namespace trivium

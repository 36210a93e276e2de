// What an answer rests on: facts used, contradictions among them, and the search for what it needs, with a made-up
// answerer.
#include "memory/evidence.h"

#include <set>

#include "memory/trace_html.h"
#include "tests/test.h"

namespace trivium {
namespace {

Fact Believed(const std::string& id, const std::string& text, double confidence = 1.0, const std::string& shard = "") {
  Fact fact = MakeFact(text);
  fact.id = id;
  fact.confidence = confidence;
  fact.shard = shard;
  return fact;
}

// "the friend of ann" is bob by the stronger, carl by the weaker belief; d is hardly read.
const std::vector<Fact> kKnown = {Believed("a", "The friend of ann is bob.", 0.9, "people"),
                                  Believed("b", "the friend of ann is carl .", 0.3),
                                  Believed("c", "the boss of bob is eve ."),
                                  Believed("d", "the boss of dan is joe ."),
                                  Believed("e", "the boss of dan is amy ."),
                                  Believed("unread", "the boss of bob is joe .")};

Trace TwoLoops() {
  Trace trace;
  trace.question = "the boss of the friend of ann is who ?";
  trace.answer = "eve";
  trace.steps = {
      {1,
       {{1, "a", "the friend of ann is bob .", 0.5},
        {1, "b", "the friend of ann is carl .", 0.2},
        {1, "", "(no such fact)", 0.2},
        {1, "d", "the boss of dan is joe .", 0.03},
        {1, "e", "the boss of dan is amy .", 0.03}},
       "bob",
       0.5},
      {2, {{2, "c", "the boss of bob is eve .", 0.7}, {2, "a", "the friend of ann is bob .", 0.3}}, "eve", 0.9}};
  return trace;
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the facts of an answer stand by their weight over all loops, with shard and confidence", "[memory]") {
  Trace trace = TwoLoops();
  AddEvidence(Among(kKnown), {}, trace);
  REQUIRE(trace.facts.size() == 5);
  REQUIRE(trace.facts[0].fact.id == "a");
  REQUIRE(trace.facts[0].total == Approx(0.8));
  REQUIRE(trace.facts[0].greatest == Approx(0.5));
  REQUIRE(trace.facts[0].fact.shard == "people");
  REQUIRE(trace.facts[0].fact.text == "the friend of ann is bob .");
  REQUIRE(trace.facts[1].fact.id == "c");
  const nlohmann::json json = ToJson(trace);
  REQUIRE(json["facts"][0]["confidence"] == 0.9);
  REQUIRE(json["facts"][0]["shard"] == "people");
  REQUIRE(json.count("support") == 0);
}

TEST_CASE("only contradictions among facts that were used are told", "[memory]") {
  Trace trace = TwoLoops();
  AddEvidence(Among(kKnown), {}, trace);
  REQUIRE(trace.conflicts.size() == 1);  // not dan's boss: hardly read; not bob's: the other was not read
  REQUIRE(
      RenderConflict(trace.conflicts[0]) ==
      "conflict about \"the friend of ann is\": \"bob\" (confidence 0.9) is followed, \"carl\" (0.3) says otherwise");
  const nlohmann::json json = ToJson(trace);
  REQUIRE(json["conflicts"][0]["tie"] == false);
  REQUIRE(json["conflicts"][0]["sides"][1]["facts"][0] == "b");
  std::vector<Fact> equal = kKnown;
  equal[1].confidence = 0.9;
  AddEvidence(Among(equal), {}, trace);
  REQUIRE(RenderConflict(trace.conflicts[0]) ==
          "conflict about \"the friend of ann is\": \"bob\" or \"carl\" (equal confidence 0.9); the first is followed");
  REQUIRE(Contains(RenderTrace(trace), "\"bob\" or \"carl\""));
}

TEST_CASE("the short form names at most so many facts, only used ones", "[memory]") {
  Trace trace = TwoLoops();
  AddEvidence(Among(kKnown), {}, trace);
  REQUIRE(RenderEvidence(trace, 2).find("read  40 %  the friend of ann is bob .  [a]  (people, confidence 0.9)\n"
                                        "read  35 %  the boss of bob is eve .  [c]\n"
                                        "conflict about ") == 0);
  REQUIRE_FALSE(Contains(RenderEvidence(trace), "dan"));
  REQUIRE(RenderEvidence(Trace()).empty());
  trace.facts.clear();
  trace.conflicts.clear();
  REQUIRE(RenderEvidence(trace) == "read no fact\n");
}

TEST_CASE("the support is every fact whose deletion changes the answer, the most read first", "[memory]") {
  Trace trace = TwoLoops();
  AddEvidence(Among(kKnown), {}, trace);
  std::vector<std::string> asked;
  const auto answer = [&](const std::string& id) -> absl::StatusOr<std::string> {
    asked.push_back(id);
    return std::string(id == "a" ? "joe" : id == "c" ? "" : "eve");
  };
  REQUIRE(AddSupport(answer, {}, trace).ok());
  REQUIRE(asked == std::vector<std::string>{"c", "a", "b"});
  REQUIRE(trace.support->facts.size() == 2);
  REQUIRE(trace.support->facts[1].answer_without == "joe");
  REQUIRE(trace.support->not_tried == 0);
  REQUIRE(Contains(RenderTrace(trace), "needed: the friend of ann is bob .  [a]  without it: joe\n"));
  REQUIRE(Contains(RenderTrace(trace), "without it: no answer\n"));
  REQUIRE(Contains(RenderTracePage(trace), "<span class=\"needed\">needed</span> <bdi>the friend of ann is bob ."));
  REQUIRE(ToJson(trace)["support"]["facts"][0]["answer_without"].get<std::string>().empty());

  asked.clear();
  REQUIRE(AddSupport(answer, {.most_tried = 1}, trace).ok());
  REQUIRE(asked.size() == 1);
  REQUIRE(trace.support->not_tried == 2);
  REQUIRE(Contains(RenderTrace(trace), "asked again without each of 1 facts; 2 more were read and not tried\n"));

  const auto same = [](const std::string&) -> absl::StatusOr<std::string> { return std::string("eve"); };
  REQUIRE(AddSupport(same, {.least_weight = 0.25}, trace).ok());
  REQUIRE(trace.support->tried == 2);
  REQUIRE(Contains(RenderTrace(trace), "needed: no single fact"));
  REQUIRE(Contains(RenderTracePage(trace), "No single fact"));

  const auto broken = [](const std::string&) -> absl::StatusOr<std::string> { return Failed("no"); };
  REQUIRE(Message(AddSupport(broken, {}, trace)) == "no");
}

TEST_CASE("an answer follows the more confident of contradicting facts, and tells what was left out", "[memory]") {
  std::vector<std::set<std::string>> asked;
  const auto answerer = [&](const std::set<std::string>& without) -> absl::StatusOr<Trace> {
    asked.push_back(without);
    Trace trace = TwoLoops();
    if (without.count("b") != 0) {  // what bob's boss says comes up only now
      trace.steps[1].reads.push_back({2, "unread", "the boss of bob is joe .", 0.02});
    }
    for (TraceStep& step : trace.steps) {
      std::erase_if(step.reads, [&](const ReadRecord& read) { return without.count(read.fact_id) != 0; });
    }
    return trace;
  };
  const Trace trace = AnswerByBelief(Among(kKnown), answerer).value();
  REQUIRE(asked == std::vector<std::set<std::string>>{{}, {"b"}, {"b", "unread"}});
  REQUIRE(trace.conflicts.size() == 2);
  REQUIRE(trace.facts.size() == 6);
  size_t dropped = 0;
  for (const UsedFact& used : trace.facts) dropped += used.dropped ? 1 : 0;
  REQUIRE(dropped == 2);
  REQUIRE(Contains(RenderTrace(trace), "\"bob\" (confidence 0.9) is followed, \"carl\" (0.3) says otherwise"));
  REQUIRE(Contains(RenderTracePage(trace), "left out</span> <bdi>the friend of ann is carl ."));

  asked.clear();  // without the stronger belief the weaker one counts again
  const Trace other = AnswerByBelief(Among(kKnown), answerer, {"a"}).value();
  REQUIRE(asked == std::vector<std::set<std::string>>{{"a"}});
  REQUIRE(other.conflicts.empty());

  int64_t rounds = 0;  // a reader that always brings up new contradictions is not followed for ever
  const auto endless = [&](const std::set<std::string>&) -> absl::StatusOr<Trace> {
    ++rounds;
    Trace more;
    more.steps = {
        {1, {{1, "a", "x y z is a .", 0.5}, {1, "n" + std::to_string(rounds), "x y z is b .", 0.4}}, "a", 1.0}};
    return more;
  };
  REQUIRE(AnswerByBelief(Among({}), endless).ok());
  REQUIRE(rounds == kMostRounds);
  const auto broken = [](const std::set<std::string>&) -> absl::StatusOr<Trace> { return Failed("no"); };
  REQUIRE(Message(AnswerByBelief(Among({}), broken).status()) == "no");
}

TEST_CASE("the page shows question, answer, loops, weights, conflicts, shard and confidence", "[memory]") {
  Trace trace = TwoLoops();
  AddEvidence(Among(kKnown), {}, trace);
  const std::string page = RenderTracePage(trace);
  for (const char* part :
       {"<!doctype html>", "<bdi>the boss of the friend of ann is who ?</bdi>", "<p class=\"answer\"><bdi>eve</bdi>",
        "stopped by the limit after 2 loops", "title=\"loop 1: 50 %\">50</td>", "<td class=\"dark\" style=\"--w:0.70\"",
        "no such fact", "shard <bdi>people</bdi> · confidence 0.9", "conflict about &quot;the friend of ann is&quot;",
        "prefers-color-scheme: dark", "default-src 'none'"}) {
    INFO(part);
    REQUIRE(Contains(page, part));
  }
  REQUIRE(page.find("the friend of ann is bob .") > page.find("the boss of bob is eve ."));  // by greatest weight
  REQUIRE_FALSE(Contains(page, "What the answer needs"));
  REQUIRE(Contains(RenderTracePage(Trace()), "no answer"));
}

TEST_CASE("hostile facts stay text on the page and in the terminal, and cannot make it huge", "[memory]") {
  const std::vector<std::string> texts = {
      "<script>alert(1)</script>", "\" onmouseover=\"alert(2)' x", "a\xff\xfe\xc3",
      std::string(64 * 1024, '<'), "ann \u202eis red\u2066 .",     "</style><img src=https://example.org/x>",
      "\x1b]0;title\x07\n\ttab"};
  Trace trace;
  trace.question = "<b>" + texts[1];
  trace.answer = "</p><script>";
  trace.halted = true;
  std::vector<Fact> known;
  TraceStep step = {1, {}, "<i>'\"", std::nan("")};
  for (size_t i = 0; i < texts.size(); ++i) {
    Fact fact = Believed("<id" + std::to_string(i), texts[i], 1.0, "<shard\">");
    fact.subject = "<s>";
    fact.relation = "<r>";
    fact.object = "<o>" + std::to_string(i);
    known.push_back(fact);
    step.reads.push_back({1, fact.id, fact.text, i == 2 ? std::nan("") : 0.1});
  }
  trace.steps = {step};
  AddEvidence(Among(known), {}, trace);
  const auto answer = [](const std::string&) -> absl::StatusOr<std::string> { return std::string("<u>&"); };
  REQUIRE(AddSupport(answer, {}, trace).ok());
  const std::string page = RenderTracePage(trace), text = RenderTrace(trace, 100) + RenderEvidence(trace, 100);
  std::set<std::string> tags;  // every "<name" and "</name" of the page
  for (size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    size_t end = at + 1;
    while (end < page.size() && (std::isalnum(static_cast<unsigned char>(page[end])) || page[end] == '/')) ++end;
    tags.insert(page.substr(at + 1, end - at - 1));
  }
  for (const char* bad : {"script", "/script", "img", "b", "i", "u", "s", "r", "o", "id0", "shard"}) {
    INFO(bad);
    REQUIRE(tags.count(bad) == 0);
  }
  for (const std::string& shown : {page, text}) {
    REQUIRE_FALSE(Contains(shown, "\u202e"));
    REQUIRE_FALSE(Contains(shown, "\x1b"));
    REQUIRE_FALSE(Contains(shown, "\x07"));
    REQUIRE_FALSE(Contains(shown, "\xff"));
    REQUIRE(shown.size() < 20000);
  }
  REQUIRE_FALSE(Contains(page, " onmouseover=\"alert"));
  REQUIRE_FALSE(Contains(page, "https://example.org/x>"));
}

TEST_CASE("a page of very many facts and loops is cut and says so", "[memory]") {
  Trace trace;
  std::vector<Fact> known;
  for (size_t f = 0; f < kPageFacts + 30; ++f) known.push_back(Believed("f" + std::to_string(f), "x is y ."));
  for (int64_t loop = 1; loop <= 1000; ++loop) {
    TraceStep step = {loop, {}, "y", 0.5};
    for (const Fact& fact : known) step.reads.push_back({loop, fact.id, fact.text, 0.01});
    trace.steps.push_back(step);
  }
  AddEvidence(Among(known), {}, trace);
  const std::string page = RenderTracePage(trace);
  REQUIRE(Contains(page, "30 more facts, read less, are left out."));
  REQUIRE(Contains(page, std::to_string(1000 - kPageLoops) + " loops in the middle are left out."));
  REQUIRE(page.size() < 4'000'000);
}

}  // namespace trivium

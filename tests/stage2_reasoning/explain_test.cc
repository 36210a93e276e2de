// What an answer shows of itself, with a real if untrained reasoner, and `trivium ask` as typed.
#include "stage2_reasoning/explain.h"

#include <algorithm>

#include "stage2_reasoning/commands.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

constexpr char kQuestion[] = "The boss of Ann is who?";

Pipeline TinyPipeline() {
  Pipeline pipeline;
  pipeline.reasoner = std::make_unique<Reasoner>(TinyReasoner());
  std::vector<Fact> facts;
  for (const char* text : {"the boss of ann is bob .", "the boss of ann is carl .", "the friend of bob is ann ."}) {
    facts.push_back(MakeFact(text));
    facts.back().shard = "people";
  }
  pipeline.mounts.emplace_back("people", 0.5, std::move(facts));
  return pipeline;
}

bool WasRead(const Trace& trace, const std::string& id) {
  return std::any_of(trace.steps.begin(), trace.steps.end(), [&](const TraceStep& step) {
    return std::any_of(step.reads.begin(), step.reads.end(),
                       [&](const ReadRecord& read) { return read.fact_id == id; });
  });
}

}  // namespace

TEST_CASE("A fact that is left out is not read, wherever it came from", "[stage2]") {
  const Pipeline pipeline = TinyPipeline();
  AskOptions options;
  options.facts = {MakeFact("the doctor of ann is eve .")};
  for (const Fact& fact : {pipeline.mounts[0].facts()[0], options.facts[0]}) {
    options.without = {};
    REQUIRE(WasRead(Ask(pipeline, kQuestion, options).value(), fact.id));
    options.without = {fact.id};
    REQUIRE_FALSE(WasRead(Ask(pipeline, kQuestion, options).value(), fact.id));
  }
}

TEST_CASE("An explanation holds the same answer, its facts and conflicts, and what asking without a fact gives",
          "[stage2]") {
  const Pipeline pipeline = TinyPipeline();
  AskOptions options;
  options.facts = {MakeFact("the doctor of ann is eve .")};
  const Trace trace = Explain(pipeline, kQuestion, options, {.support = true, .search = {}}).value();
  REQUIRE(trace.facts.size() == 4);
  for (const UsedFact& used : trace.facts) {
    const bool is_given = used.fact.id == options.facts[0].id;
    REQUIRE(used.fact.confidence == (is_given ? 1.0 : 0.5));
    REQUIRE(used.fact.shard == (is_given ? "" : "people"));
  }
  REQUIRE(trace.conflicts.size() == 1);
  REQUIRE(trace.conflicts[0].IsTie());
  const auto is_dropped = [](const UsedFact& used) { return used.dropped; };
  const auto dropped = std::find_if(trace.facts.begin(), trace.facts.end(), is_dropped);
  REQUIRE(std::count_if(trace.facts.begin(), trace.facts.end(), is_dropped) == 1);
  REQUIRE_FALSE(WasRead(trace, dropped->fact.id));
  AskOptions one_belief = options;
  one_belief.without = {dropped->fact.id};
  REQUIRE(trace.answer == Ask(pipeline, kQuestion, one_belief)->answer);
  REQUIRE(trace.support->tried == 3);
  for (const UsedFact& used : trace.facts) {
    if (used.dropped) continue;
    AskOptions fewer = options;
    fewer.without = {used.fact.id};
    const std::string answer = Explain(pipeline, kQuestion, fewer)->answer;
    const auto& needed = trace.support->facts;
    const auto at =
        std::find_if(needed.begin(), needed.end(), [&](const NeededFact& fact) { return fact.id == used.fact.id; });
    REQUIRE((at != needed.end()) == (answer != trace.answer));
    if (at != needed.end()) REQUIRE(at->answer_without == answer);
  }
  REQUIRE_FALSE(Explain(pipeline, kQuestion, options)->support.has_value());
  REQUIRE(ExitCode(Explain(pipeline, "  ", options).status()) == 2);
}

TEST_CASE("trivium ask prints the answer alone; what it used goes to standard error, --html to a file", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  REQUIRE(SavePipeline(dir / "pipe", dir / "lm", TinyReasoner(), {}, nlohmann::json::object()).ok());
  Spill(
      dir / "facts.tsv",
      "text\tconfidence\nthe boss of ann is bob .\t1\nthe boss of ann is carl .\t1\n<b>the boss</b> of eve is bob .\t1\n");
  const auto ask = [&](std::vector<std::string> more, std::string* err) {
    std::vector<std::string> words = {"ask", dir / "pipe", kQuestion, "--facts", dir / "facts.tsv"};
    words.insert(words.end(), more.begin(), more.end());
    CapturedConsole captured;
    REQUIRE(RunCommands(words, ToolCommands(), captured.console()) == 0);
    *err = captured.Err();
    return captured.Out();
  };
  std::string err, quiet_err;
  const std::string out = ask({"--why", "--html", dir / "page.html"}, &err);
  REQUIRE(out.find('\n') == out.size() - 1);
  REQUIRE(err.find("read ") == 0);
  REQUIRE(err.find("conflict about \"the boss of ann is\": \"") != std::string::npos);
  REQUIRE(err.find("asked again without each of ") != std::string::npos);
  REQUIRE(err.find("wrote ") != std::string::npos);
  const std::string page = Slurp(dir / "page.html");
  REQUIRE(page.find("&lt;b&gt;the boss&lt;/b&gt;") != std::string::npos);
  REQUIRE(page.find("What the answer needs") != std::string::npos);
  REQUIRE(ask({"--quiet"}, &quiet_err) == out);
  REQUIRE(quiet_err.empty());
  REQUIRE(ask({"--trace"}, &err).find("conflict about ") != std::string::npos);
}

TEST_CASE("A question is answered the same however it is typed, by ask and by eval", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  REQUIRE(SavePipeline(dir / "pipe", dir / "lm", TinyReasoner(), {}, nlohmann::json::object()).ok());
  const Pipeline pipeline = LoadPipeline(dir / "pipe").value();
  const std::vector<std::string> typed = {"the boss of zo\xC3\xA9 is who ?",
                                          "The boss of Zoe\xCC\x81 is who",
                                          "\xEF\xBB\xBFthe  boss of\xC2\xA0ZO\xC3\x89 is who.",
                                          "The boss\xE2\x80\x8B of zo\xC3\xA9 is who?",
                                          "Who is the boss of Zo\xC3\xA9?",
                                          "Who is Zo\xC3\xA9\xE2\x80\x99s boss?",
                                          "zo\xC3\xA9's boss is who?",
                                          "Zo\xC3\xA9 's boss is who?"};
  Item item;
  item.facts = {"The boss of Zo\xC3\xA9 is Bob", "the boss of ann is carl .", "ann weighs 3.5 kilos."};
  item.answer = "bob";
  item.answers = {item.answer};
  AskOptions options;
  options.halting.loops = 3;
  for (const std::string& fact : item.facts) options.facts.push_back(MakeFact(fact));
  const Trace first = Ask(pipeline, typed[0], options).value();
  REQUIRE(first.question == typed[0]);
  REQUIRE(first.probability == first.steps.back().probability);
  GradeOptions grade;
  grade.halting.loops = 3;
  for (const std::string& question : typed) {
    const Trace trace = Ask(pipeline, question, options).value();
    REQUIRE(trace.question == first.question);
    REQUIRE(trace.answer == first.answer);
    item.question = question;
    Item spelled = item;
    SpellItem(spelled, pipeline.language->spelling(), pipeline.training.questions_in_place);
    REQUIRE(spelled.facts[0] == "the boss of zo\xC3\xA9 is bob .");
    REQUIRE(spelled.facts[2] == "ann weighs 3.5 kilos .");
    REQUIRE(GradeItems(*pipeline.reasoner, {spelled}, grade)->answers[0] == first.answer);
  }
}

TEST_CASE("A name that ends as an owner does stays whole while some fact has it", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", TinyReasoner(), {}, nlohmann::json::object()).ok());
  Pipeline pipeline = LoadPipeline(dir / "pipeline").value();
  AskOptions ask;
  const auto asked = [&] { return Ask(pipeline, "Who is McDonald's boss's friend?", ask)->question; };
  const std::string name = "who is mcdonald's boss 's friend ?", owner = "the friend of the boss of mcdonald is who ?";
  REQUIRE(asked() == owner);
  Fact first = MakeFact("McDonald's is old."), within = MakeFact("the friend of mcdonald's is ann .");
  pipeline.mounts.push_back({"names", 1.0, {first, within}});
  REQUIRE(asked() == name);
  ask.without = {first.id, within.id};
  REQUIRE(asked() == name);
  ask.without = {};
  pipeline.mounts[0].Remove(1);
  REQUIRE(asked() == name);
  pipeline.mounts[0].Remove(0);  // nothing says the first word of a fact any more
  REQUIRE(asked() == owner);
  ask.facts = {first};
  REQUIRE(asked() == name);
  ask.facts.push_back(MakeFact("McDonald is kind."));
  REQUIRE(asked() == owner);
}

TEST_CASE("A doubtful answer is never printed bare", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  const TrainingRecord training = {"seed: 1\n", {"the", "boss", "of", "is", "who", "ann", "?"}};
  REQUIRE(SavePipeline(dir / "pipe", dir / "lm", TinyReasoner(), {}, nlohmann::json::object(), training).ok());
  REQUIRE(LoadPipeline(dir / "pipe")->training.words == training.words);
  REQUIRE(LoadPipeline(dir / "pipe")->training.config_yaml == training.config_yaml);
  CapturedConsole captured;
  REQUIRE(RunCommands({"ask", dir / "pipe", "Colourless green ideas sleep?", "--json", dir / "out.json"},
                      ToolCommands(), captured.console()) == 0);
  REQUIRE_THAT(captured.Out(), Catch::Matchers::Contains("  (unsure: "));
  REQUIRE_THAT(captured.Err(), Catch::Matchers::Contains("colourless, green, ideas, sleep"));
  const auto json = nlohmann::json::parse(Slurp(dir / "out.json"));
  REQUIRE(json["unmet_words"].size() == 4);
  REQUIRE(json["probability"].get<double>() <= 1);
  // Words of facts are met there.
  const Pipeline pipeline = LoadPipeline(dir / "pipe").value();
  AskOptions options;
  options.facts = {MakeFact("Colourless green ideas are kind.")};
  REQUIRE(Ask(pipeline, "Colourless green ideas sleep?", options)->unmet.empty());
  REQUIRE(Ask(pipeline, "The boss of Zarkon is who?", {})->unmet.empty());
}

}  // namespace trivium

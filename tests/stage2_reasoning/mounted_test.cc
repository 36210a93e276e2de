// Mounted rows beside the items' own: the same reads, answers and traces as with all facts in one dense memory, kept up
// to date fact by fact.
#include "memory/mounted_rows.h"

#include <map>

#include "core/text/sentences.h"
#include "memory/shard_edit.h"
#include "stage2_reasoning/ask.h"
#include "stage2_reasoning/commands.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

// "the friend of ann is bob ." and so on: `count` facts that a tokenizer of the built-in language reads.
std::vector<Fact> ManyFacts(int64_t count, uint64_t seed = 9) {
  const auto& names = EnglishLexicon().training_names();
  const auto& relations = EnglishLexicon().relations();
  Rng rng(seed);
  std::vector<Fact> facts;
  for (int64_t i = 0; i < count; ++i) {
    facts.push_back(MakeFact(RelationFact(rng.Pick(relations), rng.Pick(names), rng.Pick(names))));
    facts.back().id += "_" + std::to_string(i);
    facts.back().confidence = rng.Between(1, 10) / 10.0;
  }
  return facts;
}

ReadResult ReadAll(const Reader& reader, const at::Tensor& query, const Rows& rows, const RowStore* store,
                   int64_t top_k) {
  torch::NoGradGuard no_grad;
  return reader.Read(query, reader.Prepare(rows, store), top_k);
}

at::Tensor Unit(int64_t queries, int64_t width, uint64_t seed) {
  Rng rng(seed);
  return NormalTensor({1, queries, width}, 1, rng);
}

}  // namespace

TEST_CASE("Reading mounted rows beside own ones equals reading all of them densely", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  for (const int64_t count : {20, 400}) {
    const std::vector<Fact> facts = ManyFacts(count);
    const std::vector<Fact> own(facts.begin(), facts.begin() + 5), rest(facts.begin() + 5, facts.end());
    std::vector<int64_t> all_index, own_index;
    const Rows all = EncodeFacts(reasoner.encoder(), facts, &all_index).value();
    const Rows few = EncodeFacts(reasoner.encoder(), own, &own_index).value();
    MountedRows mounted(reasoner.encoder(), reasoner.reader());
    REQUIRE(mounted.Update(rest)->added == count - 5);
    REQUIRE(mounted.store().keys() < mounted.store().rows());
    const at::Tensor query = Unit(30, reasoner.encoder().key_width(), 4);
    const auto own_rows = static_cast<int64_t>(own_index.size());
    for (const int64_t top_k : {0, 16}) {
      const ReadResult dense = ReadAll(reasoner.reader(), query, all, nullptr, top_k);
      const ReadResult both = ReadAll(reasoner.reader(), query, few, &mounted.store(), top_k);
      REQUIRE(at::allclose(both.read, dense.read, 1e-5, 1e-5));
      REQUIRE(at::allclose(both.weights, dense.weights.narrow(2, 0, 1 + own_rows), 1e-5, 1e-6));
    }
  }
}

TEST_CASE("Of a large store the best rows are read, as a dense top-k reads them", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  const Reader& reader = reasoner.reader();
  Rng rng(3);
  constexpr int64_t kRows = kCompareAllRows + 500;
  const int64_t vector_width = reasoner.encoder().width();
  const Rows rows = {NormalTensor({1, kRows, 3 * vector_width}, 1, rng), NormalTensor({1, kRows, vector_width}, 1, rng),
                     NormalTensor({1, kRows}, 0.5, rng)};
  const Rows none = {at::zeros({1, 1, 3 * vector_width}), at::zeros({1, 1, vector_width}), at::full({1, 1}, kNoRow)};
  torch::NoGradGuard no_grad;
  const auto [keys, values] = reader.Project(rows.keys[0], rows.vectors[0]);
  RowStore store(3 * vector_width, vector_width);
  std::vector<std::string> prefixes;
  for (int64_t r = 0; r < kRows; ++r) prefixes.push_back(std::to_string(r));
  store.Add(prefixes, keys, values, rows.prior[0]);
  const at::Tensor query = Unit(10, 3 * vector_width, 5);
  const ReadResult dense = ReadAll(reader, query, rows, nullptr, kTopRows);
  const ReadResult sparse = ReadAll(reader, query, none, &store, kTopRows);
  REQUIRE(sparse.mounted_rows.size(2) == kTopRows);
  REQUIRE(at::allclose(sparse.read, dense.read, 1e-5, 1e-5));
  at::Tensor nearest;
  reader.Read(query, reader.Prepare(none, &store), kTopRows, nullptr, &nearest);
  const at::Tensor found = keys.index_select(0, sparse.mounted_rows.flatten()).view({10, kTopRows, 3 * vector_width});
  const at::Tensor cosines = at::matmul(found, UnitLength(query[0]).unsqueeze(-1)).squeeze(-1);
  REQUIRE(at::allclose(nearest.flatten(), cosines.amax(-1), 1e-4, 1e-4));
  REQUIRE(at::allclose(sparse.mounted_weights, dense.weights.gather(2, sparse.mounted_rows + 1), 1e-5, 1e-6));
}

TEST_CASE("Rows left out are read as little as rows that are not there", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  for (const int64_t count : {40, 3000}) {
    std::vector<Fact> facts = ManyFacts(count);
    facts.push_back(facts[6]);  // a second fact of one id
    MountedRows all(reasoner.encoder(), reasoner.reader()), rest(reasoner.encoder(), reasoner.reader());
    REQUIRE(all.Update(facts).ok());
    const std::vector<std::string> ids = {facts[6].id, facts[11].id, facts[11].id, "no such id"};
    std::erase_if(facts, [&](const Fact& fact) { return fact.id == ids[0] || fact.id == ids[1]; });
    REQUIRE(rest.Update(facts).ok());
    torch::NoGradGuard no_grad;
    const Rows none = {at::zeros({1, 1, reasoner.encoder().key_width()}), at::zeros({1, 1, reasoner.encoder().width()}),
                       at::full({1, 1}, kNoRow)};
    const Reader& reader = reasoner.reader();
    const at::Tensor query = Unit(30, reasoner.encoder().key_width(), 4);
    const ReadResult without = reader.Read(query, reader.Prepare(none, &all.store(), all.SlotsOf(ids)), kTopRows);
    const ReadResult absent = reader.Read(query, reader.Prepare(none, &rest.store()), kTopRows);
    REQUIRE(at::allclose(without.read, absent.read, 1e-4, 1e-5));
    REQUIRE(at::allclose(without.weights, absent.weights, 1e-4, 1e-6));
  }
}

TEST_CASE("Updating mounted facts gives what building anew gives, and encodes only what changed", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  std::vector<Fact> facts = ManyFacts(40);
  MountedRows mounted(reasoner.encoder(), reasoner.reader());
  REQUIRE(mounted.Update(facts).ok());
  REQUIRE(mounted.Update(facts)->added + mounted.Update(facts)->changed == 0);
  facts[3].text = "the friend of adam is zoe .";
  facts[4].confidence = 0.05;
  facts.erase(facts.begin() + 10, facts.begin() + 15);
  facts.push_back(MakeFact("the boss of zoe is adam ."));
  const auto changes = mounted.Update(facts);
  REQUIRE(changes.ok());
  REQUIRE(changes->added == 1);
  REQUIRE(changes->changed == 2);
  REQUIRE(changes->removed == 5);
  Fact edited = facts[7];
  edited.text = "the friend of zoe is adam .";
  REQUIRE(mounted.Put({edited}).ok());
  REQUIRE(mounted.Remove(facts[8].id));
  REQUIRE_FALSE(mounted.Remove(facts[8].id));
  facts[7] = edited;
  facts.erase(facts.begin() + 8);
  REQUIRE(mounted.facts() == static_cast<int64_t>(facts.size()));
  Fact empty = facts[0];
  empty.text = "";
  REQUIRE_FALSE(mounted.Put({empty}).ok());
  MountedRows anew(reasoner.encoder(), reasoner.reader());
  REQUIRE(anew.Update(facts).ok());
  REQUIRE(mounted.store().rows() == anew.store().rows());
  REQUIRE(mounted.store().keys() == anew.store().keys());
  REQUIRE(mounted.HasWord("zoe"));
  for (const char* word : {"adam", "friend", "the", "unheard"}) REQUIRE(mounted.HasWord(word) == anew.HasWord(word));
  std::vector<int64_t> index;
  const Rows none = EncodeFacts(reasoner.encoder(), {}, &index).value();
  const at::Tensor query = Unit(30, reasoner.encoder().key_width(), 4);
  REQUIRE(at::allclose(ReadAll(reasoner.reader(), query, none, &mounted.store(), 16).read,
                       ReadAll(reasoner.reader(), query, none, &anew.store(), 16).read, 1e-5, 1e-5));
}

TEST_CASE("Answers and traces with mounted facts are those with the same facts given", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", TinyReasoner(), {}, nlohmann::json::object()).ok());
  Pipeline pipeline = LoadPipeline(dir / "pipeline").value();
  AskOptions ask;
  ask.facts = ManyFacts(60);
  ask.halting.loops = 3;
  const std::string question = "the friend of adam is who ?";
  const Trace given = Ask(pipeline, question, ask).value();
  pipeline.mounts.push_back({"many", 1.0, ask.facts});
  ask.facts.clear();
  const Trace mounted = Ask(pipeline, question, ask).value();
  REQUIRE(mounted.answer == given.answer);
  REQUIRE(mounted.steps.size() == given.steps.size());
  for (size_t s = 0; s < given.steps.size(); ++s) {
    // Of mounted facts only those read give candidates, so that an answer has fewer rivals.
    REQUIRE(mounted.steps[s].probability >= given.steps[s].probability - 1e-4);
    std::map<std::string, double> weights;
    for (const ReadRecord& read : given.steps[s].reads) weights[read.fact_id] = read.weight;
    for (const ReadRecord& read : mounted.steps[s].reads) {
      if (read.weight > 0.011) REQUIRE(read.weight == Approx(weights[read.fact_id]).epsilon(1e-4));
    }
  }
  const MountedRows* rows = pipeline.Rows().value();
  REQUIRE(rows->facts() == 60);
  Fact changed = pipeline.mounts[0].facts()[5];
  changed.text = "The boss of Adam is Zoe.";
  pipeline.mounts[0].Replace(5, changed);
  pipeline.mounts[0].Remove(59);
  REQUIRE(pipeline.Rows().value() == rows);
  REQUIRE(rows->facts() == 59);
  pipeline.mounts.clear();
  REQUIRE(pipeline.Rows().value()->facts() == 0);
  REQUIRE(Ask(pipeline, question, ask).ok());
}

TEST_CASE("Items read mounted facts beside their own, in one batch", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  std::vector<Item> items = RelationItems(6);
  GradeOptions options;
  const Grade own = GradeItems(reasoner, items, options).value();
  // The same facts, half of them mounted; rows are then more than the item's, so the items are asked one by one.
  for (const Item& item : items) {
    Item half = item;
    std::vector<Fact> mounted;
    for (size_t f = 0; f < item.facts.size() / 2; ++f) mounted.push_back(MakeFact(item.facts[f]));
    half.facts.erase(half.facts.begin(), half.facts.begin() + static_cast<int64_t>(mounted.size()));
    MountedRows rows(reasoner.encoder(), reasoner.reader());
    REQUIRE(rows.Update(mounted).ok());
    options.mounted = &rows;
    REQUIRE(GradeItems(reasoner, {half}, options)->answers[0] == own.answers[static_cast<size_t>(&item - &items[0])]);
  }
  MountedRows many(reasoner.encoder(), reasoner.reader());
  REQUIRE(many.Update(ManyFacts(900)).ok());
  options.mounted = &many;
  const Grade together = GradeItems(reasoner, items, options).value();
  for (size_t i = 0; i < items.size(); ++i) {
    REQUIRE(GradeItems(reasoner, {items[i]}, options)->answers[0] == together.answers[i]);
  }
}

TEST_CASE("Graded answers bring what was read for them", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  const std::vector<Item> items = RelationItems(5);
  MountedRows rows(reasoner.encoder(), reasoner.reader());
  REQUIRE(rows.Update(ManyFacts(20)).ok());
  GradeOptions options;
  options.mounted = &rows;
  const Grade untraced = GradeItems(reasoner, items, options).value();
  REQUIRE(untraced.traces.empty());
  options.traces = true;
  const Grade grade = GradeItems(reasoner, items, options).value();
  REQUIRE(grade.answers == untraced.answers);
  REQUIRE(grade.traces.size() == items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const Trace& trace = grade.traces[i];
    REQUIRE(std::ssize(trace.steps) == grade.loops[i]);
    REQUIRE(trace.steps.back().answer == grade.answers[i]);
    size_t own = 0;
    for (const ReadRecord& read : trace.steps[0].reads) {
      own += std::count(items[i].facts.begin(), items[i].facts.end(), read.fact_text);
    }
    REQUIRE(own > 0);  // facts of this item, and not of another one of the batch
    const Grade alone = GradeItems(reasoner, {items[i]}, options).value();
    REQUIRE(ToJson(alone.traces[0])["steps"].size() == trace.steps.size());
  }
}

TEST_CASE("stage2 eval mounts shards beside the items' own facts", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", TinyReasoner(), {}, nlohmann::json::object()).ok());
  Shard shard = Shard::Create(dir / "many.shard").value();
  ShardEdit edit = ShardEdit::Begin(shard).value();
  for (const Fact& fact : ManyFacts(50)) REQUIRE(edit.Add(fact).ok());
  REQUIRE(edit.Commit("add").ok());
  Spill(dir / "items.jsonl",
        R"({"facts":["the friend of adam is ben ."],"question":"the friend of adam is who ?","answer":"ben"})");
  const auto run = [&](std::vector<std::string> words, const std::string& said) {
    words.insert(words.begin(), {"stage2", "eval", dir / "pipeline"});
    CapturedConsole captured;
    const int code = RunCommands(words, Stage2Commands(), captured.console());
    REQUIRE_THAT(captured.Out() + captured.Err(), Catch::Matchers::Contains(said));
    return code;
  };
  const std::string items = dir / "items.jsonl", many = dir / "many.shard";
  REQUIRE(run({"--items", items, "--shard", many + "=0.5"}, "items") == 0);
  REQUIRE(run({"--items", items, "--shard", many, "--unmount", "nobody"}, "no shard 'nobody'") == 2);
  REQUIRE(run({"--items", items, "--shard", many + "=x"}, "'x' is no number") == 2);
  REQUIRE(run({"--shard", many}, "--items") == 2);
  REQUIRE(run({"--items", items, "--trace"}, "--details") == 2);
  REQUIRE(run({"--items", items, "--details", dir / "details.jsonl", "--trace"}, "items") == 0);
  const nlohmann::json first = nlohmann::json::parse(Slurp(dir / "details.jsonl"));
  REQUIRE(first["trace"].size() == first["loops"].get<size_t>());
  REQUIRE(first["trace"][0]["reads"][0].contains("weight"));
}

}  // namespace trivium

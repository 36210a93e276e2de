// YAML and --set into typed structs: what is accepted, and the words of every refusal.
#include "core/config/config_loader.h"

#include <filesystem>
#include <fstream>

#include "core/base/seed_tree.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

struct Sample {
  bool ema = false;
  int64_t steps = 100;
  double rate = 0.001;
  std::string order = "shuffle";
  std::string source = "builtin";
  std::vector<std::string> tasks = {"relations", "rules"};
  std::vector<int64_t> layers = {1, 2};
};

KeyTable Table(Sample& sample) {
  KeyTable table;
  table.Add("source", &sample.source, {.help = "corpus"});
  table.Add("train.steps", &sample.steps, {.help = "optimiser steps", .unit = "steps", .min = 1, .max = 1e6});
  table.Add("train.learning_rate", &sample.rate, {.help = "peak", .min = 0, .max = 1});
  table.Add("train.ema", &sample.ema, {.help = "average the weights"});
  table.Add("curriculum.order", &sample.order, {.help = "order", .choices = {"shuffle", "easy_first", "hard_first"}});
  table.Add("tasks", &sample.tasks, {.help = "families", .choices = {"relations", "rules", "operators"}});
  table.Add("layers", &sample.layers, {.help = "feature layers", .min = 0});
  return table;
}

// The message of loading `yaml`, "" if it loads.
std::string Complaint(const std::string& yaml, const std::vector<std::string>& sets = {}) {
  Sample sample;
  KeyTable table = Table(sample);
  absl::Status status = yaml.empty() ? absl::OkStatus() : LoadConfigText(table, yaml, "my.yaml");
  if (status.ok()) status = LoadConfig(table, {.sets = sets});
  REQUIRE((status.ok() || ExitCode(status) == 2));
  return Message(status);
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a file sets nested and dotted keys of every type, and --set wins over it", "[config]") {
  Sample sample;
  KeyTable table = Table(sample);
  const TempDir dir;
  Spill(dir / "a.yaml",
        "# comment\ntrain:\n  steps: 5\n  learning_rate: 2.5e-4  # peak\n  ema: true\ncurriculum.order: easy_first\n"
        "source: \"my corpus.txt\"\ntasks:\n  - rules\n  - operators\nlayers: []\n");
  REQUIRE(LoadConfig(table, {.file = (dir / "a.yaml").string(), .sets = {"train.steps=7", "tasks=rules"}}).ok());
  REQUIRE(sample.steps == 7);
  REQUIRE(sample.rate == 2.5e-4);
  REQUIRE(sample.ema);
  REQUIRE(sample.order == "easy_first");
  REQUIRE(sample.source == "my corpus.txt");
  REQUIRE(sample.tasks == std::vector<std::string>{"rules"});
  REQUIRE(sample.layers.empty());
  REQUIRE(table.Origin("train.steps") == "--set");
  REQUIRE(table.Origin("train.ema") == (dir / "a.yaml").string() + ":5");
}

TEST_CASE("an untouched key keeps its default and says so", "[config]") {
  Sample sample;
  KeyTable table = Table(sample);
  REQUIRE(LoadConfigText(table, "train: {steps: 3}", "my.yaml").ok());
  REQUIRE(sample.rate == 0.001);
  REQUIRE(table.Origin("train.learning_rate") == "default");
}

TEST_CASE("an unknown key is named with its line and the nearest known key", "[config]") {
  REQUIRE(Complaint("source: x\ntrain:\n  stepz: 5\n") ==
          "my.yaml:3: unknown key train.stepz; did you mean train.steps?");
  REQUIRE(Complaint("steps: 5\n") == "my.yaml:1: unknown key steps; did you mean train.steps?");
  REQUIRE(Contains(Complaint("", {"trian.steps=5"}), "did you mean train.steps?"));
  REQUIRE(Contains(Complaint("zebra: 5\n"), "--print-config lists all keys"));
}

TEST_CASE("a duplicate key is refused however it is spelt", "[config]") {
  REQUIRE(Complaint("source: a\nsource: b\n") == "my.yaml:2: source is set twice; first in line 1");
  REQUIRE(Contains(Complaint("train: {steps: 1}\ntrain: {steps: 2}\n"), "set twice"));
  REQUIRE(Contains(Complaint("train:\n  steps: 1\ntrain.steps: 2\n"), "my.yaml:3: train.steps is set twice"));
  REQUIRE(Complaint("", {"source=a", "source=b"}) == "--set: source is set twice");
}

TEST_CASE("a mistyped value is refused with what to write instead", "[config]") {
  REQUIRE(Complaint("train.steps: many") == "my.yaml:1: train.steps expects an integer, got \"many\"");
  REQUIRE(Contains(Complaint("train.steps: 1e3"), "write 1000"));
  REQUIRE(Contains(Complaint("train.steps: 010"), "without leading zeros"));
  REQUIRE(Contains(Complaint("train.steps: 0x10"), "expects an integer"));
  REQUIRE(Contains(Complaint("train.steps: \"5\""), "write it without quotes"));
  REQUIRE(Contains(Complaint("train.steps: [5]"), "got a list"));
  REQUIRE(Contains(Complaint("train.ema: yes"), "write true"));
  REQUIRE(Contains(Complaint("train.learning_rate: .nan"), "expects a number"));
  REQUIRE(Contains(Complaint("tasks: rules"), "expects a list of texts"));
  REQUIRE(Contains(Complaint("layers: [1, two]"), "expects a list of integers, got \"two\""));
  REQUIRE(Contains(Complaint("train: 5"), "train is a section"));
  REQUIRE(Contains(Complaint("train.steps: {a: 1}"), "is a key, not a section"));
  REQUIRE(Contains(Complaint("source:"), "write \"\" for an empty text"));
}

TEST_CASE("a value out of range or choice is refused with what is allowed", "[config]") {
  REQUIRE(Complaint("train.steps: 0") == "my.yaml:1: train.steps is 0; allowed is 1 to 1000000");
  REQUIRE(Contains(Complaint("", {"train.learning_rate=1.5"}), "is 1.5; allowed is 0 to 1"));
  REQUIRE(Contains(Complaint("curriculum.order: easy_frist"), "did you mean easy_first?"));
  REQUIRE(Contains(Complaint("tasks: [rules, rulez]"), "did you mean rules?"));
  REQUIRE(Contains(Complaint("layers: [0, -1]"), "is -1; allowed is at least 0"));
}

TEST_CASE("a refused value changes nothing", "[config]") {
  Sample sample;
  KeyTable table = Table(sample);
  REQUIRE(!table.Set("train.steps", {.texts = {"0"}}, "--set").ok());
  REQUIRE(sample.steps == 100);
  REQUIRE(table.Origin("train.steps") == "default");
}

TEST_CASE("YAML beyond maps, scalars and flat lists is refused with its line", "[config]") {
  REQUIRE(Contains(Complaint("source: &a x\n"), "my.yaml:1: anchors"));
  REQUIRE(Contains(Complaint("train: &a {steps: 1}\n"), "anchors"));
  REQUIRE(Contains(Complaint("source: *a\n"), "my.yaml:1"));
  REQUIRE(Contains(Complaint("train:\n  <<: {steps: 1}\n"), "my.yaml:2: merge keys"));
  REQUIRE(Contains(Complaint("source: !!python/object x\n"), "tags"));
  REQUIRE(Contains(Complaint("train:\n\tsteps: 1\n"), "my.yaml:2: a tab as indentation"));
  REQUIRE(Contains(Complaint("source: x\n---\nsource: y\n"), "second document"));
  REQUIRE(Contains(Complaint("tasks: [[rules]]\n"), "list in a list"));
  REQUIRE(Contains(Complaint("tasks: [{a: b}]\n"), "map in a list"));
  REQUIRE(Contains(Complaint("- a\n- b\n"), "key: value"));
  REQUIRE(Contains(Complaint("just text\n"), "key: value"));
  REQUIRE(Contains(Complaint("? [a, b]\n: c\n"), "my.yaml:1"));
  REQUIRE(Contains(Complaint("? {a: b}\n: c\n"), "a map as a key"));
  REQUIRE(Contains(Complaint("source: \"x\n"), "not valid YAML"));
  REQUIRE(Contains(Complaint("source: 'x\ntrain.steps: 5\n\n"), "not valid YAML"));
  REQUIRE(Contains(Complaint("{source: x}\ntrain.steps: 5\n"), "my.yaml:2"));
  REQUIRE(Contains(Complaint("{sauce, source: x}\n"), "unknown key sauce"));
  REQUIRE(Contains(Complaint("%TAG ! tag:x,2000:\n---\nsource: x\n"), "directives"));
}

TEST_CASE("bytes that are no clean UTF-8 are refused with their line", "[config]") {
  REQUIRE(Contains(Complaint("source: x\n# \xFF\n"), "my.yaml:2: not UTF-8"));
  REQUIRE(Contains(Complaint(std::string("source: a\0b\n", 12)), "my.yaml:1"));
  REQUIRE(Contains(Complaint("\xFF\xFEs"), "my.yaml:1"));
  REQUIRE(Contains(Complaint("", {"source=\xFF"}), "invalid UTF-8"));
  REQUIRE(Contains(Complaint("source: \"\\0\"\n"), "control character"));
}

TEST_CASE("nesting bombs end in an error, not in a stack overflow", "[config]") {
  for (const std::string& piece :
       {std::string("["), std::string("{"), std::string("- "), std::string("a: {"), std::string("? ")}) {
    for (const int depth : {20, 1000, 100000}) {
      std::string bomb = "source: x\ntrain: ";
      for (int i = 0; i < depth; ++i) bomb += piece;
      REQUIRE(!Complaint(bomb).empty());
      REQUIRE(!Complaint(bomb.substr(bomb.find("train: ") + 7)).empty());
    }
  }
}

TEST_CASE("a file without keys, a missing file and a folder are refused; a section without keys is not", "[config]") {
  const TempDir dir;
  Spill(dir / "empty.yaml", "");
  Sample sample;
  KeyTable table = Table(sample);
  const auto complaint = [&](const std::filesystem::path& file) {
    const absl::Status status = LoadConfig(table, {.file = file.string()});
    REQUIRE(ExitCode(status) == 2);
    return Message(status);
  };
  REQUIRE(Contains(complaint(dir / "empty.yaml"), "holds no keys"));
  REQUIRE(Contains(complaint(dir / "none.yaml"), "none.yaml"));
  REQUIRE(Contains(complaint(dir.path()), dir.path().string()));
  REQUIRE(Contains(Complaint("# nothing\n"), "holds no keys"));
  REQUIRE(Complaint("train:\n#  steps: 5\nsource: x\n").empty());
  Spill(dir / "large.yaml", std::string((1 << 20) + 1, '#'));
  REQUIRE(Contains(complaint(dir / "large.yaml"), "1048576"));
}

TEST_CASE("The flag --set without an equals sign says what to type", "[config]") {
  REQUIRE(Complaint("", {"train.steps"}) == "--set train.steps: expects train.steps=VALUE");
  REQUIRE(Complaint("", {"=5"}) == "--set =5: expects KEY=VALUE");
  Sample sample;
  KeyTable table = Table(sample);
  REQUIRE(LoadConfig(table, {.sets = {"layers=[3, 4]", "source=a=b"}}).ok());
  REQUIRE(sample.layers == std::vector<int64_t>{3, 4});
  REQUIRE(sample.source == "a=b");
}

TEST_CASE("the printed config names origins and loads back to the same values", "[config]") {
  Sample sample;
  KeyTable table = Table(sample);
  REQUIRE(LoadConfigText(table, "source: \"a: \\\"b\\\" # \\\\ \\n caf\xC3\xA9\"\nlayers: []\n", "my.yaml").ok());
  REQUIRE(LoadConfig(table, {.sets = {"train.learning_rate=1e-5"}}).ok());
  const std::string printed = PrintConfig(table);
  REQUIRE(Contains(printed, "# my.yaml:1"));
  REQUIRE(Contains(printed, "steps: 100 "));
  REQUIRE(Contains(printed, "# default"));
  for (const std::string& text : {printed, ResolvedYaml(table)}) {
    Sample again;
    KeyTable reloaded = Table(again);
    again.layers = {9};
    REQUIRE(Message(LoadConfigText(reloaded, text, "again.yaml")).empty());
    REQUIRE(again.source == "a: \"b\" # \\ \n caf\xC3\xA9");
    REQUIRE(again.rate == 1e-5);
    REQUIRE(again.layers.empty());
    REQUIRE(again.tasks == sample.tasks);
    REQUIRE(ResolvedYaml(reloaded) == ResolvedYaml(table));
  }
}

TEST_CASE("keys are described with type, default, range and unit", "[config]") {
  Sample sample;
  const KeyTable table = Table(sample);
  REQUIRE(Contains(DescribeKeys(table), "optimiser steps (steps, 1 to 1000000)"));
  REQUIRE(Contains(DescribeKeysMarkdown(table),
                   "| `train.steps` | integer | `100` | steps, 1 to 1000000 | optimiser steps |"));
}

TEST_CASE("a wrong table is our own failure, found when it is loaded", "[config]") {
  int64_t number = 0;
  for (const std::vector<std::string>& paths :
       std::vector<std::vector<std::string>>{{"a", "a"}, {"a", "a.b"}, {"A"}, {"a..b"}, {""}}) {
    KeyTable table;
    for (const std::string& path : paths) table.Add(path, &number, {});
    REQUIRE(ExitCode(LoadConfig(table, {})) == 1);
  }
  KeyTable table;
  table.Add("a", &number, {.min = 1});
  REQUIRE(ExitCode(LoadConfig(table, {})) == 1);
}

TEST_CASE("5,000 mutated configs load or are refused, and never crash", "[config]") {
  const std::string good =
      "# demo\nsource: \"a\"\ntrain:\n  steps: 12\n  learning_rate: 1e-3\n  ema: false\ncurriculum: {order: easy_first}\n"
      "tasks: [rules, relations]\nlayers:\n  - 1\n  - 2\n";
  const std::string alphabet = "{}[]:,#&*!|>'\"%@`?-<~ \n\t\\0ax.\xC3\xFF";
  Rng rng(7);
  int loaded = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string yaml = good;
    for (int64_t edits = rng.Between(1, 6); edits > 0; --edits) {
      const size_t at = rng.Below(yaml.size());
      const char c = alphabet[rng.Below(alphabet.size())];
      switch (rng.Below(5)) {
        case 0:
          yaml[at] = c;
          break;
        case 1:
          yaml.insert(at, 1, c);
          break;
        case 2:
          yaml.erase(at, 1 + rng.Below(4));
          break;
        case 3:
          yaml.insert(at, yaml.substr(rng.Below(yaml.size()), rng.Below(20)));
          break;
        default:
          yaml.resize(std::max<size_t>(at, 1));
      }
      if (yaml.empty()) yaml.push_back('x');
    }
    Sample sample;
    KeyTable table = Table(sample);
    const absl::Status status = LoadConfigText(table, yaml, "my.yaml");
    REQUIRE((status.ok() || ExitCode(status) == 2));
    REQUIRE(sample.steps >= 1);
    REQUIRE(sample.steps <= 1000000);
    if (status.ok()) {
      ++loaded;
      Sample again;
      KeyTable reloaded = Table(again);
      REQUIRE(LoadConfigText(reloaded, ResolvedYaml(table), "again.yaml").ok());
      REQUIRE(ResolvedYaml(reloaded) == ResolvedYaml(table));
    }
  }
  REQUIRE(loaded > 100);
  REQUIRE(loaded < 4900);
}

}  // namespace trivium

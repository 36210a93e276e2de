// `trivium memory add|edit|delete|import|export|revert`: everything that writes.
#include <algorithm>
#include <filesystem>
#include <map>

#include "memory/commands.h"
#include "memory/fact_io.h"
#include "memory/prose.h"
#include "memory/shard_edit.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReported = 5;  // facts shown of each kind of trouble
constexpr int64_t kProgressEach = 500;

// The flags that fill a fact's fields.
struct FieldFlag {
  const char* name;
  std::string Fact::*member;
  const char* help;
};
constexpr FieldFlag kFields[] = {
    {"subject", &Fact::subject, "what the fact is about"},
    {"relation", &Fact::relation, "what it says of it"},
    {"object", &Fact::object,
     "which value; facts of one subject and relation with different objects contradict each other"},
    {"source", &Fact::source, "where it comes from"},
    {"time", &Fact::time, "when it became true (ISO 8601)"},
};

std::vector<Flag> WithFields(std::vector<Flag> flags) {
  for (const FieldFlag& field : kFields) flags.push_back({field.name, "TEXT", field.help});
  flags.push_back({"confidence", "NUMBER", "how far it is believed, above 0 and at most 1"});
  return flags;
}

absl::Status ReadFields(const Invocation& inv, Fact& fact) {
  for (const FieldFlag& field : kFields) fact.*field.member = inv.Get(field.name, fact.*field.member);
  ASSIGN_OR_RETURN(fact.confidence, inv.GetDouble("confidence", fact.confidence));
  return absl::OkStatus();
}

// Opens a shard for writing; with `make` it is created where there is none. A dry run of a new shard works on a
// temporary one, which is removed again.
class OpenedShard {
 public:
  static absl::StatusOr<OpenedShard> Open(Invocation& inv, bool make) {
    const fs::path path = inv.positionals[0];
    if (!make || fs::exists(path)) {
      ASSIGN_OR_RETURN(Shard shard, Shard::Open(path, DatabaseMode::kWrite));
      return OpenedShard(std::move(shard), "");
    }
    if (path.extension() != ".shard") {
      return UsageError("a new shard's name must end in .shard: '" + path.string() + "'");
    }
    const fs::path made = inv.common().dry_run ? fs::path(path.string() + ".dry-run") : path;
    ASSIGN_OR_RETURN(Shard shard, Shard::Create(made));
    return OpenedShard(std::move(shard), inv.common().dry_run ? made : fs::path());
  }
  OpenedShard(OpenedShard&& other) noexcept
      : shard(std::move(other.shard)), temporary_(std::exchange(other.temporary_, "")) {}
  ~OpenedShard() {
    if (temporary_.empty()) return;
    for (const char* ending : {"", "-wal", "-shm"}) {
      std::error_code error;
      fs::remove(temporary_.string() + ending, error);
    }
  }

  Shard shard;

 private:
  OpenedShard(Shard the_shard, const fs::path& temporary) : shard(std::move(the_shard)), temporary_(temporary) {}

  fs::path temporary_;
};

// Commits, or says what a commit would do.
absl::Status Finish(Invocation& inv, ShardEdit& edit, const std::string& what, nlohmann::json result) {
  result["dry_run"] = inv.common().dry_run;
  if (inv.common().dry_run) {
    inv.console.Print("would " + what + "; nothing was changed");
    return inv.WriteResult(result);
  }
  ASSIGN_OR_RETURN(const int64_t change, edit.Commit(what));
  inv.console.Print(change == 0 ? "nothing to change" : what + " (change " + std::to_string(change) + ")");
  result["change"] = change;
  return inv.WriteResult(result);
}

// Facts that contradict `fact`: same subject and relation, other object.
absl::StatusOr<std::vector<Fact>> Contradicting(const Shard& shard, const Fact& fact) {
  std::vector<Fact> others;
  if (fact.subject.empty() || fact.relation.empty()) return others;
  ASSIGN_OR_RETURN(const std::vector<Fact> about, shard.FindAbout(fact.subject, fact.relation));
  for (const Fact& other : about) {
    if (other.id != fact.id && other.object != fact.object) others.push_back(other);
  }
  return others;
}

absl::Status WarnOfContradictions(Invocation& inv, const Shard& shard, const Fact& fact) {
  ASSIGN_OR_RETURN(const std::vector<Fact> others, Contradicting(shard, fact));
  for (size_t i = 0; i < std::min(others.size(), kReported); ++i) {
    inv.console.Warn("'" + fact.text + "' contradicts fact " + others[i].id + ": '" + others[i].text + "'");
  }
  if (others.size() > kReported) inv.console.Warn("and " + std::to_string(others.size() - kReported) + " more");
  return absl::OkStatus();
}

absl::Status RunAdd(Invocation& inv) {
  Fact fact;
  fact.text = inv.positionals[1];
  fact.id = inv.Get("id", "");
  RETURN_IF_ERROR(ReadFields(inv, fact));
  RETURN_IF_ERROR(ValidateFact(fact));
  ASSIGN_OR_RETURN(OpenedShard opened, OpenedShard::Open(inv, /*make=*/true));
  ASSIGN_OR_RETURN(ShardEdit edit, ShardEdit::Begin(opened.shard));
  ASSIGN_OR_RETURN(fact.id, edit.Add(fact));
  RETURN_IF_ERROR(WarnOfContradictions(inv, opened.shard, fact));
  return Finish(inv, edit, "add " + fact.id, {{"id", fact.id}});
}

absl::Status RunEdit(Invocation& inv) {
  ASSIGN_OR_RETURN(OpenedShard opened, OpenedShard::Open(inv, /*make=*/false));
  ASSIGN_OR_RETURN(ShardEdit edit, ShardEdit::Begin(opened.shard));
  ASSIGN_OR_RETURN(Fact fact, opened.shard.Resolve(inv.positionals[1]));
  const std::string before = fact.text;
  if (inv.positionals.size() > 2 && inv.positionals[2] != fact.text) {
    fact.text = inv.positionals[2];
    // A triple describes the old sentence.
    fact.subject = fact.relation = fact.object = "";
  }
  RETURN_IF_ERROR(ReadFields(inv, fact));
  RETURN_IF_ERROR(edit.Edit(fact));
  RETURN_IF_ERROR(WarnOfContradictions(inv, opened.shard, fact));
  return Finish(inv, edit, "edit " + fact.id, {{"id", fact.id}, {"before", before}, {"after", fact.text}});
}

absl::Status RunDelete(Invocation& inv) {
  ASSIGN_OR_RETURN(OpenedShard opened, OpenedShard::Open(inv, /*make=*/false));
  ASSIGN_OR_RETURN(ShardEdit edit, ShardEdit::Begin(opened.shard));
  const bool forget = inv.Has("forget");
  std::vector<std::string> ids;
  for (size_t i = 1; i < inv.positionals.size(); ++i) {
    ASSIGN_OR_RETURN(const Fact fact, opened.shard.Resolve(inv.positionals[i]));
    RETURN_IF_ERROR(forget ? edit.Forget(fact.id) : edit.Delete(fact.id));
    ids.push_back(fact.id);
  }
  const std::string what = ids.size() == 1 ? ids[0] : std::to_string(ids.size()) + " facts";
  return Finish(inv, edit, (forget ? "forget " : "delete ") + what, {{"ids", ids}});
}

// What an import met.
struct ImportCounts {
  int64_t added = 0, updated = 0, known = 0, duplicates = 0, contradictions = 0;
};

absl::Status ImportFact(Invocation& inv, Shard& shard, ShardEdit& edit, Fact fact, bool has_id, ImportCounts& counts) {
  ASSIGN_OR_RETURN(const std::vector<Fact> same, shard.FindText(fact.text));
  if (has_id) {
    ASSIGN_OR_RETURN(const std::optional<Fact> old, shard.Find(fact.id));
    if (old) {
      Fact stored = *old;
      stored.shard = fact.shard;
      fact.created = stored.created;
      if (fact.updated.empty()) fact.updated = stored.updated;
      if (fact == stored) {
        ++counts.known;
        return absl::OkStatus();
      }
      if (!inv.Has("update")) {
        return UsageError("fact " + fact.id + " is in the shard with another content; --update replaces it");
      }
      ++counts.updated;
      return edit.Edit(fact);
    }
    if (!same.empty() && counts.duplicates++ < static_cast<int64_t>(kReported)) {
      inv.console.Warn("fact " + fact.id + " says what fact " + same[0].id + " says: '" + fact.text + "'");
    }
  } else {
    if (!same.empty()) {
      ++counts.known;
      return absl::OkStatus();
    }
    fact.id.clear();
  }
  ASSIGN_OR_RETURN(fact.id, edit.Add(fact));
  ++counts.added;
  ASSIGN_OR_RETURN(const std::vector<Fact> others, Contradicting(shard, fact));
  if (!others.empty() && counts.contradictions++ < static_cast<int64_t>(kReported)) {
    inv.console.Warn("'" + fact.text + "' contradicts fact " + others[0].id + ": '" + others[0].text + "'");
  }
  return absl::OkStatus();
}

absl::Status RunImport(Invocation& inv) {
  std::vector<Fact> facts;
  for (size_t i = 1; i < inv.positionals.size(); ++i) {
    ASSIGN_OR_RETURN(const std::vector<Fact> more,
                     inv.Has("from-text") ? ReadProse(inv.positionals[i]) : ReadFacts(inv.positionals[i]));
    facts.insert(facts.end(), more.begin(), more.end());
  }
  if (facts.empty()) return UsageError("there is no fact in " + inv.positionals[1]);
  ASSIGN_OR_RETURN(OpenedShard opened, OpenedShard::Open(inv, /*make=*/true));
  ASSIGN_OR_RETURN(ShardEdit edit, ShardEdit::Begin(opened.shard));
  ImportCounts counts;
  const auto total = static_cast<int64_t>(facts.size());
  for (int64_t i = 0; i < total; ++i) {
    Fact& fact = facts[static_cast<size_t>(i)];
    fact.source = inv.Get("source", fact.source);
    // An id that the reader made from the sentence is no id of the file's.
    const bool has_id = fact.id != FactId(fact.text);
    RETURN_IF_ERROR(ImportFact(inv, opened.shard, edit, fact, has_id, counts));
    if (i % kProgressEach == 0 || i + 1 == total) inv.console.Progress(i + 1, total, "facts", "");
  }
  inv.console.EndProgress();
  if (counts.known > 0) inv.console.Note(std::to_string(counts.known) + " were in the shard already");
  if (counts.duplicates > 0) inv.console.Warn(std::to_string(counts.duplicates) + " say what another fact says");
  if (counts.contradictions > 0) {
    inv.console.Warn(std::to_string(counts.contradictions) + " contradict a fact of the same subject and relation");
  }
  std::string what = "import " + std::to_string(counts.added) + " facts";
  if (counts.updated > 0) what += ", update " + std::to_string(counts.updated);
  return Finish(inv, edit, what,
                {{"added", counts.added},
                 {"updated", counts.updated},
                 {"known", counts.known},
                 {"duplicates", counts.duplicates},
                 {"contradictions", counts.contradictions}});
}

absl::Status RunExport(Invocation& inv) {
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  const fs::path path = inv.positionals[1];
  ASSIGN_OR_RETURN(const std::vector<Fact> facts, shard.Facts());
  if (!inv.common().dry_run) {
    RETURN_IF_ERROR(path.extension() == ".shard" ? shard.CopyTo(path) : WriteFacts(path, facts));
  }
  inv.console.Print((inv.common().dry_run ? "would export " : "exported ") + std::to_string(facts.size()) +
                    " facts to " + path.string());
  return inv.WriteResult({{"facts", facts.size()}});
}

absl::Status RunRevert(Invocation& inv) {
  int64_t change = 0;
  const std::string& typed = inv.positionals[1];
  if (typed.empty() || typed.size() > 18 || typed.find_first_not_of("0123456789") != std::string::npos) {
    return UsageError("'" + typed + "' is no number of a change; see 'trivium memory log'");
  }
  change = std::stoll(typed);
  ASSIGN_OR_RETURN(OpenedShard opened, OpenedShard::Open(inv, /*make=*/false));
  ASSIGN_OR_RETURN(ShardEdit edit, ShardEdit::Begin(opened.shard));
  RETURN_IF_ERROR(edit.Revert(change));
  return Finish(inv, edit, "revert change " + typed, {{"reverted", change}});
}

}  // namespace

std::vector<Command> MemoryEditCommands() {
  return {
      {.name = "memory add",
       .summary = "add one fact to a shard",
       .help =
           "The shard is made if there is none. A fact is one sentence; subject, relation and object are optional and let\n"
           "contradictions be found.\n\n"
           "  trivium memory add people.shard \"the boss of ann is bob .\" --confidence 0.8 --source \"a letter\"\n",
       .flags = WithFields({{"id", "ID", "1 to 64 letters, digits or . _ - : (default: from the sentence)"}}),
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "SHARD \"SENTENCE\"",
       .run = RunAdd},
      {.name = "memory edit",
       .summary = "change one fact",
       .help =
           "FACT is an id, the beginning of one, or the sentence as it stands. A new sentence keeps the id; the triple, which\n"
           "describes the old sentence, is cleared unless given anew. Every edit can be reverted.\n\n"
           "  trivium memory edit people.shard \"the boss of ann is bob .\" \"the boss of ann is cara .\"\n"
           "  trivium memory edit people.shard 2f0c9d --confidence 0.5\n",
       .flags = WithFields({}),
       .min_positionals = 2,
       .max_positionals = 3,
       .positional_help = "SHARD FACT [\"SENTENCE\"]",
       .run = RunEdit},
      {.name = "memory delete",
       .summary = "delete facts",
       .help =
           "The history keeps what was deleted, so that it can be reverted. --forget takes the sentence out of the history and\n"
           "overwrites it on the disk: it is gone for good.\n\n"
           "  trivium memory delete people.shard 2f0c9d\n",
       .flags = {{"forget", "", "leave no trace of the sentence in the file; cannot be reverted"}},
       .min_positionals = 2,
       .max_positionals = 1024,
       .positional_help = "SHARD FACT...",
       .run = RunDelete},
      {.name = "memory import",
       .summary = "add the facts of text, TSV or JSONL files to a shard",
       .help =
           "One fact a line of text, or TSV with a line of column names, or JSONL; with --from-text any prose, one fact a\n"
           "sentence. All of it becomes one change. Sentences that the shard knows are left out; facts that say the same and\n"
           "facts that contradict each other are reported.\n\n"
           "  trivium memory import people.shard people.tsv\n"
           "  trivium memory import book.shard chapter1.txt --from-text --source \"chapter 1\"\n",
       .flags = {{"from-text", "", "the files are prose: every sentence becomes a fact"},
                 {"update", "", "replace facts of the same id"},
                 {"source", "TEXT", "source of all these facts (default: the file's name)"}},
       .min_positionals = 2,
       .max_positionals = 1024,
       .positional_help = "SHARD FILE...",
       .run = RunImport},
      {.name = "memory export",
       .summary = "write a shard's facts as text, TSV or JSONL, or copy it",
       .help =
           "By the file's extension: .tsv and .jsonl keep every field and diff well in git, .shard is a copy with its history,\n"
           "anything else gets the sentences alone.\n\n"
           "  trivium memory export people.shard people.jsonl\n",
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "SHARD FILE",
       .run = RunExport},
      {.name = "memory revert",
       .summary = "undo one change",
       .help =
           "Undoes everything that one command did, as a new change. Facts that were changed again later stand in the way until\n"
           "the later change is undone.\n\n"
           "  trivium memory revert people.shard 12\n",
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "SHARD CHANGE",
       .run = RunRevert},
  };
}

}  // namespace trivium

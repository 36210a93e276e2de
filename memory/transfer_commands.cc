// `trivium memory import` and `export`: shards to and from files that people write.
#include <algorithm>
#include <filesystem>

#include "memory/commands.h"
#include "memory/fact_io.h"
#include "memory/opened_shard.h"
#include "memory/prose.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kProgressEach = 500;

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

}  // namespace

std::vector<Command> MemoryTransferCommands() {
  return {
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
  };
}

}  // namespace trivium

// `trivium memory add|edit|delete|revert`.
#include <algorithm>

#include "memory/commands.h"
#include "memory/opened_shard.h"

namespace trivium {
namespace {

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

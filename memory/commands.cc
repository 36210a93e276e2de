// `trivium memory list|show|search|diff|log|verify|stats`: everything that only reads.
#include "memory/commands.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "core/config/key_value.h"
#include "memory/fact_io.h"
#include "memory/fact_search.h"
#include "memory/shard.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Cells(const Fact& fact) {
  return {fact.id, fact.text, fact.confidence == 1.0 ? "" : NumberText(fact.confidence)};
}

nlohmann::json ListJson(const std::vector<Fact>& facts) {
  nlohmann::json list = nlohmann::json::array();
  for (const Fact& fact : facts) list.push_back(nlohmann::json(FactToJson(fact)));
  return list;
}

void PrintFacts(Console& console, const std::vector<Fact>& facts) {
  std::vector<std::vector<std::string>> rows;
  for (const Fact& fact : facts) rows.push_back(Cells(fact));
  console.Table({"id", "fact", "confidence"}, rows);
}

absl::Status RunList(Invocation& inv) {
  ASSIGN_OR_RETURN(const int64_t limit, inv.GetInt("limit", 50, 1));
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  std::vector<Fact> facts;
  int64_t total = 0;
  if (inv.Has("about")) {
    ASSIGN_OR_RETURN(facts, shard.FindAbout(inv.Get("about", ""), inv.Get("relation", "")));
    total = static_cast<int64_t>(facts.size());
    if (total > limit) facts.resize(static_cast<size_t>(limit));
  } else {
    RETURN_IF_ERROR(shard.ForEach([&](const Fact& fact) {
      if (total++ < limit) facts.push_back(fact);
      return absl::OkStatus();
    }));
  }
  PrintFacts(inv.console, facts);
  if (total > limit) {
    inv.console.Note("the first " + std::to_string(limit) + " of " + std::to_string(total) + "; --limit shows more");
  }
  return inv.WriteResult({{"facts", ListJson(facts)}, {"total", total}});
}

absl::Status RunShow(Invocation& inv) {
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  ASSIGN_OR_RETURN(const Fact fact, shard.Resolve(inv.positionals[1]));
  std::vector<std::vector<std::string>> rows;
  const nlohmann::ordered_json json = FactToJson(fact);
  for (const auto& [key, value] : json.items()) {
    rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  inv.console.Table({"field", fact.id}, rows);
  ASSIGN_OR_RETURN(const std::vector<ShardChange> log, shard.Log(fact.id));
  nlohmann::json history = nlohmann::json::array();
  std::vector<std::vector<std::string>> changes;
  for (const ShardChange& change : log) {
    ASSIGN_OR_RETURN(const std::vector<FactChange> all, shard.ChangesOf(change.number));
    const auto one = std::find_if(all.begin(), all.end(), [&](const FactChange& c) { return c.id == fact.id; });
    if (one == all.end()) continue;
    const std::string before = one->before ? one->before->text : "";
    changes.push_back({std::to_string(change.number), change.time, one->action, before});
    history.push_back({{"change", change.number}, {"time", change.time}, {"action", one->action}, {"before", before}});
  }
  inv.console.Table({"change", "time", "what", "before"}, changes);
  return inv.WriteResult({{"fact", json}, {"history", history}});
}

absl::Status RunSearch(Invocation& inv) {
  ASSIGN_OR_RETURN(const int64_t limit, inv.GetInt("limit", 10, 1, 100000));
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  ASSIGN_OR_RETURN(const std::vector<Fact> facts, shard.Facts());
  const std::vector<FoundFact> found = SearchFacts(facts, inv.positionals[1], static_cast<size_t>(limit));
  std::vector<std::vector<std::string>> rows;
  nlohmann::json list = nlohmann::json::array();
  for (const FoundFact& one : found) {
    const Fact& fact = facts[one.index];
    rows.push_back({NumberText(std::round(100 * one.score) / 100), fact.id, fact.text});
    list.push_back({{"score", one.score}, {"fact", FactToJson(fact)}});
  }
  if (rows.empty()) inv.console.Note("no fact holds any of these words");
  if (!rows.empty()) inv.console.Table({"score", "id", "fact"}, rows);
  return inv.WriteResult({{"found", list}});
}

// A shard or a file of facts.
absl::StatusOr<std::vector<Fact>> ReadAny(const fs::path& path) {
  if (path.extension() != ".shard") return ReadFacts(path);
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(path));
  return shard.Facts();
}

// The fact as diff compares it: where it lies and when it was written does not count.
std::string Compared(Fact fact) {
  fact.created = fact.updated = fact.source = "";
  return FactToJson(fact).dump();
}

absl::Status RunDiff(Invocation& inv) {
  ASSIGN_OR_RETURN(const std::vector<Fact> before, ReadAny(inv.positionals[0]));
  ASSIGN_OR_RETURN(const std::vector<Fact> after, ReadAny(inv.positionals[1]));
  std::map<std::string, const Fact*> old;
  for (const Fact& fact : before) old[fact.id] = &fact;
  nlohmann::json added = nlohmann::json::array(), changed = added, removed = added;
  for (const Fact& fact : after) {
    const auto at = old.find(fact.id);
    if (at == old.end()) {
      inv.console.Print("+ " + fact.id + "  " + fact.text);
      added.push_back(nlohmann::json(FactToJson(fact)));
      continue;
    }
    if (Compared(*at->second) != Compared(fact)) {
      const bool same_text = at->second->text == fact.text;
      inv.console.Print("- " + fact.id + "  " + (same_text ? Compared(*at->second) : at->second->text));
      inv.console.Print("+ " + fact.id + "  " + (same_text ? Compared(fact) : fact.text));
      changed.push_back({{"before", FactToJson(*at->second)}, {"after", FactToJson(fact)}});
    }
    old.erase(at);
  }
  for (const Fact& fact : before) {
    if (old.count(fact.id) == 0) continue;
    inv.console.Print("- " + fact.id + "  " + fact.text);
    removed.push_back(nlohmann::json(FactToJson(fact)));
  }
  inv.console.Note(std::to_string(added.size()) + " added, " + std::to_string(changed.size()) + " changed, " +
                   std::to_string(removed.size()) + " removed");
  return inv.WriteResult({{"added", added}, {"changed", changed}, {"removed", removed}});
}

absl::Status RunLog(Invocation& inv) {
  ASSIGN_OR_RETURN(const int64_t limit, inv.GetInt("limit", 20, 1));
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  std::string id;
  if (inv.Has("fact")) {
    id = inv.Get("fact", "");
    const absl::StatusOr<Fact> fact = shard.Resolve(id);
    if (fact.ok()) id = fact->id;  // a deleted fact can only be named by its whole id
  }
  ASSIGN_OR_RETURN(const std::vector<ShardChange> log, shard.Log(id, limit));
  std::vector<std::vector<std::string>> rows;
  nlohmann::json list = nlohmann::json::array();
  for (const ShardChange& change : log) {
    rows.push_back({std::to_string(change.number), change.time, change.command, std::to_string(change.touched),
                    std::to_string(change.facts)});
    list.push_back({{"change", change.number},
                    {"time", change.time},
                    {"command", change.command},
                    {"touched", change.touched},
                    {"facts", change.facts}});
  }
  inv.console.Table({"change", "time", "what", "touched", "facts after"}, rows);
  return inv.WriteResult({{"log", list}});
}

absl::Status RunVerifyShard(Invocation& inv) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& path : inv.positionals) {
    ASSIGN_OR_RETURN(const Shard shard, Shard::Open(path));
    RETURN_IF_ERROR(shard.Verify());
    ASSIGN_OR_RETURN(const int64_t facts, shard.Count());
    ASSIGN_OR_RETURN(const std::string sha256, shard.Sha256());
    inv.console.Print("ok  " + path + ": " + std::to_string(facts) + " facts, sha256 " + sha256);
    list.push_back({{"path", path}, {"facts", facts}, {"sha256", sha256}});
  }
  return inv.WriteResult({{"ok", list}});
}

absl::Status RunStats(Invocation& inv) {
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(inv.positionals[0]));
  int64_t facts = 0, triples = 0, beliefs = 0, repeated = 0;
  std::set<std::string> texts;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> objects;
  RETURN_IF_ERROR(shard.ForEach([&](const Fact& fact) {
    ++facts;
    if (fact.confidence < 1.0) ++beliefs;
    if (!texts.insert(FactId(fact.text)).second) ++repeated;
    if (!fact.subject.empty() && !fact.relation.empty()) {
      ++triples;
      objects[{fact.subject, fact.relation}].insert(fact.object);
    }
    return absl::OkStatus();
  }));
  int64_t contradicted = 0;
  for (const auto& [about, said] : objects) contradicted += said.size() > 1 ? 1 : 0;
  ASSIGN_OR_RETURN(const std::vector<ShardChange> log, shard.Log("", 1));
  const int64_t changes = log.empty() ? 0 : log[0].number;
  const std::string last = log.empty() ? "never" : log[0].time;
  inv.console.Table({"shard", shard.name()}, {{"facts", std::to_string(facts)},
                                              {"with subject and relation", std::to_string(triples)},
                                              {"less than certain", std::to_string(beliefs)},
                                              {"sentences said twice or more", std::to_string(repeated)},
                                              {"contradicted subjects and relations", std::to_string(contradicted)},
                                              {"changes", std::to_string(changes)},
                                              {"last change", last},
                                              {"bytes on disk", std::to_string(shard.FileBytes())}});
  return inv.WriteResult({{"facts", facts},
                          {"triples", triples},
                          {"beliefs", beliefs},
                          {"repeated", repeated},
                          {"contradicted", contradicted},
                          {"changes", changes},
                          {"last_change", last},
                          {"bytes", shard.FileBytes()}});
}

std::vector<Command> FactCommands() {
  return {
      {.name = "memory list",
       .summary = "show the facts of a shard",
       .help = "In the order in which they were added, or those about one subject.\n\n"
               "  trivium memory list people.shard --about ann\n",
       .flags = {{"limit", "N", "facts shown (default 50)"},
                 {"about", "SUBJECT", "only facts with this subject"},
                 {"relation", "RELATION", "with --about: only this relation"}},
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "SHARD",
       .run = RunList},
      {.name = "memory show",
       .summary = "show one fact, every field, and its history",
       .help = "FACT is an id, the beginning of one, or the sentence.\n\n  trivium memory show people.shard 2f0c9d\n",
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "SHARD FACT",
       .run = RunShow},
      {.name = "memory search",
       .summary = "find facts by their words",
       .help = "Ranks facts by the words that they share with the query, rare words counting for more (BM25).\n\n"
               "  trivium memory search people.shard \"who is the boss of ann?\"\n",
       .flags = {{"limit", "N", "facts shown (default 10)"}},
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "SHARD \"WORDS\"",
       .run = RunSearch},
  };
}

std::vector<Command> ShardCommands() {
  return {
      {.name = "memory diff",
       .summary = "compare two shards or files of facts",
       .help = "Facts are the same if their ids are. Sources and times do not count.\n\n"
               "  trivium memory diff people.shard people.jsonl\n",
       .min_positionals = 2,
       .max_positionals = 2,
       .positional_help = "BEFORE AFTER",
       .run = RunDiff},
      {.name = "memory log",
       .summary = "show what was changed, newest first",
       .help =
           "Each line is one command; 'memory revert' undoes it.\n\n  trivium memory log people.shard --fact 2f0c9d\n",
       .flags = {{"limit", "N", "changes shown (default 20)"}, {"fact", "FACT", "only changes of this fact"}},
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "SHARD",
       .run = RunLog},
      {.name = "memory verify",
       .summary = "check that every record of a shard is what was written",
       .help = "Reads every page, fact and change. Exit code 3 names the first that is damaged.\n\n"
               "  trivium memory verify people.shard\n",
       .min_positionals = 1,
       .max_positionals = 64,
       .positional_help = "SHARD...",
       .run = RunVerifyShard},
      {.name = "memory stats",
       .summary = "count facts, beliefs, contradictions and changes",
       .help = "  trivium memory stats people.shard\n",
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "SHARD",
       .run = RunStats},
  };
}

}  // namespace

std::vector<Command> MemoryCommands() {
  std::vector<Command> commands = FactCommands();
  for (Command& command : ShardCommands()) commands.push_back(std::move(command));
  return commands;
}

}  // namespace trivium

// See fact_records.h.
#include "stage2_reasoning/grading/fact_records.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/artifact/json_scan.h"
#include "core/base/nearest.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/grading/tally.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using nlohmann::json;

constexpr char kGap[] = "{}";

absl::StatusOr<const json*> ListField(const json& object, const std::string& name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_array()) return UsageError("\"" + name + "\" is missing or no list");
  return &*it;
}

absl::StatusOr<std::string> TextField(const json& object, const std::string& name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_string()) return UsageError("\"" + name + "\" is missing or no text");
  return it->get<std::string>();
}

// null stands for "not known".
absl::StatusOr<std::string> AnswerField(const json& object, const std::string& name, const SpellFunction& spelling) {
  const auto it = object.find(name);
  if (it != object.end() && it->is_null()) return std::string(kUnknown);
  ASSIGN_OR_RETURN(const std::string text, TextField(object, name));
  return spelling(text);
}

absl::StatusOr<std::vector<std::string>> Texts(const json& list, size_t least, const std::string& name) {
  std::vector<std::string> texts;
  for (const json& text : list) {
    if (!text.is_string()) return UsageError("\"" + name + "\" holds something that is no text");
    texts.push_back(text.get<std::string>());
  }
  if (texts.size() < least) return UsageError("\"" + name + "\" holds too few texts");
  return texts;
}

}  // namespace

absl::StatusOr<RecordReader> RecordReader::Create(const std::string& relations, SpellFunction spelling,
                                                  bool join_names) {
  const absl::StatusOr<json> parsed = ParseStrictJson(relations);
  if (!parsed.ok()) return UsageError(Message(parsed.status()));
  if (!parsed->is_object()) return UsageError("no JSON object of relations");
  RecordReader reader;
  reader.spelling_ = std::move(spelling);
  reader.join_names_ = join_names;
  for (const auto& [name, relation] : parsed->items()) {
    if (!relation.is_object()) return UsageError("relation \"" + name + "\" is no object");
    const absl::StatusOr<const json*> templates = ListField(relation, "templates");
    const bool is_usable = templates.ok() && !(*templates)->empty() && (**templates)[0].is_string() &&
                           (**templates)[0].get<std::string>().find(kGap) != std::string::npos;
    if (!is_usable) return UsageError("relation \"" + name + "\" has no template with {}");
    reader.templates_[name] = (**templates)[0].get<std::string>();
  }
  return reader;
}

std::string RecordReader::Statement(const std::string& relation, const std::string& subject,
                                    const std::string& object) const {
  std::string text = templates_.at(relation);
  text.replace(text.find(kGap), 2, subject);
  return Spell(text + " " + object + " .", {subject, object});
}

std::string RecordReader::Spell(const std::string& text, const std::vector<std::string>& names) const {
  if (!join_names_) return spelling_(text);
  Names known;
  for (const std::string& name : names) known.Add(spelling_(name));
  return known.Join(spelling_(text));
}

absl::StatusOr<RecordCase> RecordReader::Read(const std::string& line) const {
  const absl::StatusOr<json> parsed = ParseStrictJson(line);
  if (!parsed.ok()) return UsageError(Message(parsed.status()));
  if (!parsed->is_object()) return UsageError("no JSON object");
  RecordCase record;
  ASSIGN_OR_RETURN(record.kind, TextField(*parsed, "kind"));
  const auto known = [&](const std::string& relation) -> absl::Status {
    if (templates_.count(relation) > 0) return absl::OkStatus();
    std::vector<std::string> names;
    for (const auto& [name, text] : templates_) names.push_back(name);
    const std::string near = Nearest(relation, names);
    return UsageError("relation \"" + relation + "\" is in no relations file" +
                      (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  };
  std::map<std::pair<std::string, std::string>, std::string> objects;  // (subject, relation) -> object
  ASSIGN_OR_RETURN(const json* base, ListField(*parsed, "base"));
  for (const json& triple : *base) {
    ASSIGN_OR_RETURN(const auto words, Texts(triple, 3, "base"));
    RETURN_IF_ERROR(known(words[1]));
    objects[{words[0], words[1]}] = words[2];
    record.facts.push_back(Statement(words[1], words[0], words[2]));
  }
  const SpellFunction spell_name = [&](const std::string& name) { return Spell(name, {name}); };
  // The changes follow from what is asked: an operation changes the facts of its changed questions.
  for (const char* field : {"changed", "unchanged"}) {
    const bool is_changed = field == std::string("changed");
    ASSIGN_OR_RETURN(const json* asked, ListField(*parsed, field));
    for (const json& question : *asked) {
      ASSIGN_OR_RETURN(const std::string query, TextField(question, "query"));
      ASSIGN_OR_RETURN(const std::string subject, TextField(question, "s"));
      ASSIGN_OR_RETURN(const std::string relation, TextField(question, "r"));
      RETURN_IF_ERROR(known(relation));
      AuditQuestion made{is_changed ? QuestionKind::kDirect : QuestionKind::kOther, 1,
                         Spell(query + " what ?", {subject}), "", ""};
      ASSIGN_OR_RETURN(made.after, AnswerField(question, "expect", spell_name));
      made.before = made.after;
      if (is_changed) {
        ASSIGN_OR_RETURN(made.before, AnswerField(question, "before", spell_name));
        AuditChange change{"", "", made.text, made.after};
        const auto it = objects.find({subject, relation});
        if (it != objects.end()) change.before = Statement(relation, subject, it->second);
        if (!question["expect"].is_null()) {
          change.after = Statement(relation, subject, question["expect"].get<std::string>());
        }
        if (change.before.empty() && change.after.empty())
          return UsageError("a fact that is not in \"base\" is deleted");
        record.changes.push_back(std::move(change));
      }
      record.questions.push_back(std::move(made));
    }
  }
  return record;
}

absl::StatusOr<std::vector<ResultRow>> AuditRecords(const std::vector<RecordCase>& cases, const std::string& loops,
                                                    Answerer& answerer) {
  std::vector<std::string> kinds;
  std::map<std::string, double> facts_of_kind, cases_of_kind;
  for (const RecordCase& one : cases) {
    if (cases_of_kind[one.kind]++ == 0) kinds.push_back(one.kind);
    facts_of_kind[one.kind] += static_cast<double>(std::max<size_t>(one.facts.size(), 1));
  }
  std::map<std::string, Tally> tallies;
  for (const std::string& kind : kinds) {
    tallies.emplace(kind, Tally("facts_" + kind, loops, cases_of_kind[kind] / facts_of_kind[kind]));
  }
  for (const RecordCase& one : cases) {
    Tally& tally = tallies.at(one.kind);
    std::vector<std::string> texts;
    for (const AuditQuestion& question : one.questions) texts.push_back(question.text);
    RETURN_IF_ERROR(answerer.Mount(one.facts));
    ASSIGN_OR_RETURN(const std::vector<std::string> before, answerer.Answer(texts, {}));
    for (const AuditChange& change : one.changes) RETURN_IF_ERROR(answerer.Change(change));
    ASSIGN_OR_RETURN(const std::vector<std::string> after, answerer.Answer(texts, {}));
    for (size_t q = 0; q < texts.size(); ++q) {
      const AuditQuestion& question = one.questions[q];
      const bool is_right = after[q] == question.after, is_sayable = answerer.CanSay(question.after);
      const bool is_other = question.kind == QuestionKind::kOther;
      const std::string setting = is_other ? "others_right" : "efficacy";
      tally.Count(setting, 1, is_right, question.after);
      if (is_sayable) tally.Count(setting + "_sayable", 1, is_right, question.after);
      if (is_other) {
        tally.Count("locality", 1, after[q] == before[q]);
        continue;
      }
      tally.Count("before", 1, before[q] == question.before, question.before);
      if (question.before != kUnknown) tally.Count("old_answer", 1, after[q] == question.before);
    }
  }
  std::vector<ResultRow> rows;
  for (const std::string& kind : kinds) {
    for (const ResultRow& row : tallies.at(kind).Rows()) rows.push_back(row);
  }
  return rows;
}

}  // namespace trivium

// Facts from and to the files people write by hand. Errors are UsageErrors that name file and line.
//   text:  one sentence a line; empty lines and comments, lines that start with '#' and a space, are skipped
//   TSV:   the first line names the columns: text (required), id, subject, relation, object, confidence, source, time,
//          created, updated
//   CSV:   the same with commas; a field with a comma or a quotation mark stands in "..", a mark in it twice
//   JSONL: one object a line with the same keys; unknown keys are errors
// Equal sentences in one file are kept once where no id is given; a given id may stand only once.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "memory/fact.h"

namespace trivium {

enum class FactFormat { kText, kTsv, kCsv, kJsonl };

// By extension, in capitals too: .tsv, .csv, .jsonl (or .ndjson, .jsonlines, .json); .shard is refused by the readers
// below, everything else is text.
FactFormat FormatOf(const std::filesystem::path& path);

// Reads a file of at most 1 GB that holds a fact. An absent time or id stays as Fact says; source defaults to the
// file's name.
absl::StatusOr<std::vector<Fact>> ReadFacts(const std::filesystem::path& path);
// The same over bytes; `where` stands for the file in messages and in Fact::source.
absl::StatusOr<std::vector<Fact>> ParseFacts(std::string_view bytes, FactFormat format, const std::string& where);

// TSV, CSV and JSONL keep every field but the shard; text keeps the sentences.
absl::StatusOr<std::string> RenderFacts(const std::vector<Fact>& facts, FactFormat format);
absl::Status WriteFacts(const std::filesystem::path& path, const std::vector<Fact>& facts);

// One fact as it stands in JSONL and in shards: "id" and "text" always, other fields where not default.
nlohmann::ordered_json FactToJson(const Fact& fact);
// UsageError naming the field; the id may be absent.
absl::StatusOr<Fact> FactFromJson(const nlohmann::json& object);

}  // namespace trivium

// Ids and validation of facts. See fact.h.
#include "memory/fact.h"

#include <algorithm>

#include "core/base/sha256.h"
#include "core/base/utf8.h"

namespace trivium {
namespace {

constexpr size_t kIdDigits = 16;
constexpr size_t kMaxIdBytes = 64;

bool IsFactId(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == ':';
  });
}

// A line break or tab inside a field would break the line-based formats, other control characters a terminal.
absl::Status CheckField(const char* field, const std::string& value) {
  if (!IsUtf8(value)) return UsageError(std::string("the ") + field + " is not valid UTF-8");
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return UsageError(std::string("the ") + field + " holds a control character (code " +
                        std::to_string(static_cast<int>(c)) + ")");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string FactId(const std::string& text) { return Sha256Hex(text).substr(0, kIdDigits); }

Fact MakeFact(const std::string& text) {
  Fact fact;
  fact.id = FactId(text);
  fact.text = text;
  return fact;
}

absl::Status ValidateFact(const Fact& fact) {
  const size_t bytes = fact.text.size() + fact.subject.size() + fact.relation.size() + fact.object.size() +
                       fact.source.size() + fact.time.size() + fact.created.size() + fact.updated.size();
  if (bytes > kMaxFactBytes) {
    return UsageError("the fact has " + std::to_string(bytes) + " bytes; at most " + std::to_string(kMaxFactBytes) +
                      " are allowed");
  }
  if (fact.text.find_first_not_of(' ') == std::string::npos) return UsageError("the text is empty");
  if (!fact.id.empty() && !IsFactId(fact.id)) {
    return UsageError("the id must be 1 to 64 letters, digits, or any of . _ - :");
  }
  RETURN_IF_ERROR(CheckField("text", fact.text));
  RETURN_IF_ERROR(CheckField("subject", fact.subject));
  RETURN_IF_ERROR(CheckField("relation", fact.relation));
  RETURN_IF_ERROR(CheckField("object", fact.object));
  RETURN_IF_ERROR(CheckField("source", fact.source));
  RETURN_IF_ERROR(CheckField("time", fact.time));
  RETURN_IF_ERROR(CheckField("created", fact.created));
  RETURN_IF_ERROR(CheckField("updated", fact.updated));
  if (!(fact.confidence > 0.0 && fact.confidence <= 1.0)) {
    return UsageError("the confidence must lie above 0 and be at most 1");
  }
  return absl::OkStatus();
}

}  // namespace trivium

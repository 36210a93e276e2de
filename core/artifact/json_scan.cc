// A SAX builder with duplicate and depth checks, and UTF-8 validation. See json_scan.h.
#include "core/artifact/json_scan.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/utf8.h"

namespace trivium {
namespace {

using Json = nlohmann::json;

// Builds the document while checking it; every handler returns false to stop the parse.
class StrictBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit StrictBuilder(size_t max_depth) : max_depth_(max_depth) {}

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return Stop("binary value"); }
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) return Stop("the key " + Json(name).dump(-1, ' ', true) + " is repeated");
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    const std::string what = error.what();
    const size_t bracket = what.find("] ");  // "[json.exception.parse_error.101] parse error at ..."
    return Stop(bracket == std::string::npos ? what : what.substr(bracket + 2));
  }

  Json TakeRoot() { return std::move(root_); }
  const std::string& error() const { return error_; }

 private:
  bool Stop(const std::string& why) {
    error_ = why;
    return false;
  }

  // Children are added to the innermost open container only, so the pointers in open_ stay valid.
  Json* Place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool Put(Json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(Json container) {
    if (open_.size() >= max_depth_) return Stop("nested deeper than " + std::to_string(max_depth_) + " levels");
    open_.push_back(Place(std::move(container)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const size_t max_depth_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
  std::string error_;
};

}  // namespace

absl::StatusOr<Json> ParseStrictJson(std::string_view text, size_t max_depth) {
  // nlohmann's lexer takes a NUL for the end of the text and would ignore what follows.
  if (text.find('\0') != std::string_view::npos) return UsageError("NUL byte in JSON");
  StrictBuilder builder(max_depth);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return builder.TakeRoot();
  std::string why = builder.error().empty() ? "invalid JSON" : builder.error();
  if (!IsUtf8(why)) {
    for (char& c : why) {
      if (static_cast<uint8_t>(c) >= 0x80) c = '?';
    }
  }
  return UsageError(why);
}

}  // namespace trivium

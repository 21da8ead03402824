/**
 * Holds back what is written to standard error, by native code too: hold() sends it to a nameless temporary file,
 * release() puts standard error back and returns what came meanwhile. Where there is no room for a file nothing is held,
 * and release() returns an empty text.
 */
#include <cstdio>
#include <string>
#include <unistd.h>

#include <node_api.h>

namespace {

std::FILE* held = nullptr;
int standard_error = -1; // as it was

napi_value Hold(napi_env, napi_callback_info) {
  if (held != nullptr || (held = std::tmpfile()) == nullptr) return nullptr;
  std::fflush(stderr);
  standard_error = dup(STDERR_FILENO);
  if (standard_error >= 0 && dup2(fileno(held), STDERR_FILENO) >= 0) return nullptr;
  if (standard_error >= 0) close(standard_error);
  std::fclose(held);
  held = nullptr;
  return nullptr;
}

napi_value Release(napi_env env, napi_callback_info) {
  std::string text;
  if (held != nullptr) {
    std::fflush(stderr);
    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
    std::rewind(held);
    char piece[4096];
    for (size_t n; (n = std::fread(piece, 1, sizeof piece, held)) > 0;) text.append(piece, n);
    std::fclose(held);
    held = nullptr;
  }
  napi_value result = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function = nullptr;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, nullptr, &function);
  napi_set_named_property(env, exports, "hold", function);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, Release, nullptr, &function);
  napi_set_named_property(env, exports, "release", function);
  return exports;
}

// Puts object code into this process: ORC with JITLink, one dylib an object.
//
// Ownership: the linker owns the code. Threading: load() may be called from two threads at once.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace streamql::jit {

using Symbols = std::vector<std::pair<std::string, void*>>;

class Linker {
  public:
    /// `symbols`: everything the code may refer to.
    Linker(const Symbols& symbols, bool gdb, bool perf);
    ~Linker();
    /// Links the object; the addresses of `names`.
    std::vector<void*> load(const std::string& dylib, const std::string& object, const std::vector<std::string>& names);

  private:
    struct Session;
    std::unique_ptr<Session> session_;
};

}  // namespace streamql::jit

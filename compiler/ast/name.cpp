#include "compiler/ast/name.h"

namespace streamql::ast {

std::string Name::to_string() const {
    std::string out;
    for (const Identifier& part : parts) {
        if (!out.empty()) out += '.';
        out += part.text;
    }
    return out;
}

}  // namespace streamql::ast

// Diagnostics as the text a user reads (LANGUAGE.md, "Errors"): place, severity, code, message; the line; carets; help.
#pragma once
#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/source_text.h"

namespace streamql {

/// One diagnostic; every line ends with LF.
std::string render(const Diagnostic& diagnostic, const SourceText& source);

/// All of them, a blank line between two, and a closing line if some were not kept.
std::string render(const Diagnostics& diagnostics, const SourceText& source);

}  // namespace streamql

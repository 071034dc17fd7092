#include "tools/streamql/command.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

int check(const Common& common) {
    int code = 0;
    for (auto& file : common.files) {
        auto source = read_scripts({file});
        if (!source) return 2;
        auto options = compile_options(common, file);
        if (!options) return 2;
        options->check_only = true;
        CompileResult result = compile(*source, *options);
        if (print_diagnostics(result, *source))
            code = 1;
        else
            print("{}: ok\n", source->name());
    }
    return code;
}

}  // namespace streamql::cli

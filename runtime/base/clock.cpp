#include "runtime/base/clock.h"

namespace streamql {

Clock& Clock::system() {
    static Clock clock;
    return clock;
}

}  // namespace streamql

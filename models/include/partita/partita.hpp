#pragma once

/// All that the author of an application under test needs: define_application, actors and messages,
/// faults, run and the searches. The stock protocols and the program have headers of their own.

#include <partita/faults/fault.hpp>
#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/models/arguments.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/history.hpp>
#include <partita/models/live_trial.hpp>
#include <partita/models/run.hpp>
#include <partita/runtime/context.hpp>
#include <partita/runtime/coverage.hpp>
#include <partita/runtime/message.hpp>
#include <partita/runtime/node.hpp>
#include <partita/schedules/codec.hpp>
#include <partita/schedules/replay.hpp>
#include <partita/schedules/schedule.hpp>
#include <partita/schedules/search.hpp>
#include <partita/schedules/shrink.hpp>
#include <partita/sim/trace.hpp>
#include <partita/sim/world.hpp>

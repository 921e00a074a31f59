#include "bugs.hpp"

#include <partita/models/gossip.hpp>

namespace partita::gossip {

bug_family bugs() {
    return {
        demers(),
        usual_faults(std::chrono::seconds(1)),
        {"gossip protocol=direct-mail", "gossip protocol=direct-mail-acked",
         "gossip protocol=anti-entropy", "gossip protocol=rumor-mongering",
         "gossip protocol=rumor-mongering nodes=5", "gossip protocol=anti-entropy certificates=2s"},
        {{"G1", "no-certificate", "a delete erases, and leaves no certificate",
          "Demers et al. 1987, section 2; andydunstall/piko#314, akkadotnet/akka.net#8484",
          "app gossip nodes=2 protocol=anti-entropy bug=no-certificate\n"
          "n1 put x 1\n"
          "wait 1s\n"
          "n1 delete x\n"},
         {"G2", "early-collection",
          "a certificate is forgotten when its time is over, whoever lacks it",
          "Demers et al. 1987, section 2.1: dormant certificates; moby/libnetwork#1307",
          "app gossip nodes=2 protocol=anti-entropy bug=early-collection\n"
          "n1 put x 1\n"
          "wait 252ms\n"
          "n1 delete x\n"},
         {"G3", "renewed-certificate", "an awakened certificate gets a new ordinary timestamp",
          "Demers et al. 1987, section 2.2: the activation timestamp is another",
          "app gossip nodes=3 protocol=anti-entropy bug=renewed-certificate\n"
          "n1 put x 1\n"
          "wait 1s\n"
          "n1 delete x\n"
          "wait 252ms\n"
          "n1 put x 2\n"},
         {"G4", "same-message-id", "the number of a message is not incremented",
          "Partisan, demers_anti_entropy and demers_direct_mail_acked",
          "app gossip nodes=2 protocol=direct-mail-acked bug=same-message-id\n"
          "n1 broadcast 1\n"
          "n1 broadcast 2\n"},
         {"G5", "no-back-up", "rumors without anti-entropy behind them",
          "Demers et al. 1987, section 1.5: a rumor may die before all have heard it",
          "app gossip nodes=2 protocol=rumor-mongering bug=no-back-up\n"
          "n1 broadcast 1\n"
          "omit n1 -> n2 rumor #1\n"
          "omit n1 -> n2 rumor #2\n"},
         {"G8", "no-tie-break", "of two updates with one timestamp each node keeps its own",
          "Demers et al. 1987, section 1.1: timestamps are globally unique",
          "app gossip nodes=2 protocol=anti-entropy bug=no-tie-break\n"
          "n1 put x 1\n"
          "n2 put x 2\n"},
         {"B1", "mailed-twice-only", "the timer that sends letters again runs once",
          "n0-computer/iroh-gossip b65cdce: a timer that is not armed again",
          "app gossip nodes=2 protocol=direct-mail-acked bug=mailed-twice-only\n"
          "n1 broadcast 1\n"
          "omit n1 -> n2 letter #1\n"
          "omit n1 -> n2 letter #2\n"}}};
}

}  // namespace partita::gossip

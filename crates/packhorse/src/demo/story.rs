//! The story: its steps in order, each with what is about to happen and why it matters.

use std::future::Future;
use std::pin::Pin;

use super::stage::Stage;
use super::steps::{
    agree, ask, erase, evidence, explain, join, office, publish, recall, refuse, registry, revoke, scan, send, tamper,
};
use crate::error::Result;

/// One step: it tells and does, and says in the end what held.
struct Step {
    title: &'static str,
    why: &'static str,
    act: for<'a> fn(&'a mut Stage) -> Acted<'a>,
}

/// An act on its way to what held, in a line.
type Acted<'a> = Pin<Box<dyn Future<Output = Result<String>> + 'a>>;

const STEPS: [Step; 15] = [
    Step {
        title: "A network begins with its registry",
        why: "The registry says who belongs and with which keys. It keeps that list in a ledger of its own, so that \
              nobody, its operator included, can change it unseen.",
        act: |stage| Box::pin(registry::act(stage)),
    },
    Step {
        title: "Five organisations make their keys and ask to join",
        why: "Each gateway makes its own keys and proves that it has them; no key leaves its folder. The operator \
              compares fingerprints with the applicant's people by telephone, so that nobody joins in another's name.",
        act: |stage| Box::pin(join::act(stage)),
    },
    Step {
        title: "Three of them publish a register, all register their systems and people",
        why: "Data stays where it is: a file becomes a service that is asked by key, one record at a time. Publishing \
              gives nobody access; only an agreement does.",
        act: |stage| Box::pin(publish::act(stage)),
    },
    Step {
        title: "They propose, sign and countersign data sharing agreements",
        why: "One text, frozen when it is proposed; each party signs its digest. Both gateways enforce the very text \
              that was signed.",
        act: |stage| Box::pin(agree::act(stage)),
    },
    Step {
        title: "The borough asks, and is answered with the agreed fields only",
        why: "A parking officer needs the keeper of one vehicle. The register knows more than the agreement gives: what \
              is not agreed does not leave the agency.",
        act: |stage| Box::pin(ask::act(stage)),
    },
    Step {
        title: "Whoever asks outside the agreement is refused",
        why: "A refusal is an answer too: it names the rule and the remedy, and it is recorded.",
        act: |stage| Box::pin(refuse::act(stage)),
    },
    Step {
        title: "Anybody can find out beforehand who may, and why not",
        why: "The question that officers fear to get wrong has an answer before anything is sent.",
        act: |stage| Box::pin(explain::act(stage)),
    },
    Step {
        title: "Both sides hold proof, and it is judged offline",
        why: "Each side wrote its record before it answered. A receipt needs no trust in who hands it out: it is \
              judged by the directory alone, without asking anybody.",
        act: |stage| Box::pin(evidence::act(stage)),
    },
    Step {
        title: "Somebody changes one byte",
        why: "Evidence that can be edited is none. The agency's receipt is made to say that nothing was withheld.",
        act: |stage| Box::pin(tamper::act(stage)),
    },
    Step {
        title: "The personal part is erased, and the proof still holds",
        why: "People have a right to erasure and auditors a right to evidence. The record holds nothing about a \
              person; what does is bound to it by a salted digest, and can go.",
        act: |stage| Box::pin(erase::act(stage)),
    },
    Step {
        title: "A sealed file is sent while the other side is down, and arrives",
        why: "What used to go by courier on a disc: the county sends the police a camera's recording. It may wait for \
              days; every step is signed by the body that took it, and nobody between can read it.",
        act: |stage| Box::pin(send::act(stage)),
    },
    Step {
        title: "A parcel sent by mistake is recalled before anybody has it",
        why: "A disc in the post cannot be called back. A parcel that nobody has collected can, and the other side \
              signs that it was destroyed.",
        act: |stage| Box::pin(recall::act(stage)),
    },
    Step {
        title: "A virus is caught on its way out",
        why: "A sealed parcel is scanned by nobody on its way. So the sender's gateway looks before it seals, and the \
              recipient's when it has opened.",
        act: |stage| Box::pin(scan::act(stage)),
    },
    Step {
        title: "An organisation is suspended, cut off, and let in again",
        why: "After a breach nobody should wait for certificates to expire: one entry in the registry's ledger cuts a \
              member off everywhere within a minute.",
        act: |stage| Box::pin(revoke::act(stage)),
    },
    Step {
        title: "People do all of this in a browser",
        why: "Officers, those who govern and those who audit have pages at their own gateway, the network's operator at \
              the registry. A page does what the interface does, and is refused what the interface is refused.",
        act: |stage| Box::pin(office::act(stage)),
    },
];

/// Tells the whole story.
pub(super) async fn tell(stage: &mut Stage) -> Result<()> {
    for (index, step) in STEPS.iter().enumerate() {
        stage.narrator.step(index + 1, STEPS.len(), step.title, step.why)?;
        match (step.act)(stage).await {
            Ok(outcome) => stage.narrator.held(&outcome)?,
            Err(error) => {
                stage.narrator.broke(step.title)?;
                return Err(error);
            }
        }
    }
    Ok(())
}

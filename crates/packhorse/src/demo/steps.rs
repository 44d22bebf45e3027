//! The steps, one file each: it tells what it does, does it by the commands a person would type, and holds every claim
//! it makes against what happened. A step that an earlier start has done says so and goes on.

pub(super) mod agree;
pub(super) mod ask;
pub(super) mod erase;
pub(super) mod evidence;
pub(super) mod explain;
pub(super) mod govern;
pub(super) mod join;
pub(super) mod office;
pub(super) mod publish;
pub(super) mod recall;
pub(super) mod refuse;
pub(super) mod registry;
pub(super) mod revoke;
pub(super) mod scan;
pub(super) mod send;
pub(super) mod tamper;

//! packhorse
fn main(){}

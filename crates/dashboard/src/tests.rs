//! The pages as a browser gets them, from a store of sessions that were diagnosed.

mod drawn;
mod elsewhere;
mod gate;
mod hostile;
mod pages;
mod replaced;
mod site;
mod upload;

pub(crate) struct Options;
impl Options {
    pub(crate) fn read(_: &[&str]) -> crate::Result<Self> {
        Ok(Self)
    }
}
pub(crate) fn run(_: &Options, _: &std::path::Path) -> crate::Result<()> {
    Ok(())
}

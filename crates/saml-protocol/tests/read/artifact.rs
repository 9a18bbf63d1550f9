//! What an `ArtifactResolve` and an `ArtifactResponse` may hold.

use saml_protocol::{ArtifactResolve, ArtifactResponse, Error};

use crate::documents::{HEAD, ISSUER, STATUS, missing, parse, text, unexpected};

fn artifact_response_of(content: &str) -> Result<(), Error> {
    ArtifactResponse::read(parse(&format!("<p:ArtifactResponse {HEAD}>{content}</p:ArtifactResponse>")).root())
        .map(|_| ())
}

#[test]
fn an_artifact_resolve_holds_one_issuer_and_one_artifact() {
    let read = |content: &str| {
        let document = parse(&format!("<p:ArtifactResolve {HEAD}>{content}</p:ArtifactResolve>"));
        ArtifactResolve::read(document.root()).map(|resolve| resolve.artifact.to_owned())
    };
    let artifact = "<p:Artifact> AAQ= </p:Artifact>";
    assert_eq!(read(&format!("{ISSUER}<ds:Signature/>{artifact}")), Ok("AAQ=".to_owned()));
    assert_eq!(read(artifact), missing("ArtifactResolve", "Issuer", "Artifact"));
    assert_eq!(read(ISSUER), missing("ArtifactResolve", "Artifact", "nothing"));
    let two = format!("{ISSUER}{artifact}{artifact}");
    assert_eq!(read(&two), unexpected("ArtifactResolve", "Artifact"));
}

#[test]
fn an_artifact_response_holds_at_most_one_message() {
    let message = "<p:Response/>";
    assert_eq!(artifact_response_of(&format!("{ISSUER}<ds:Signature/>{STATUS}{message}")), Ok(()));
    assert_eq!(artifact_response_of(STATUS), Ok(()));
    assert_eq!(
        artifact_response_of(&format!("{STATUS}{message}{message}")),
        unexpected("ArtifactResponse", "Response")
    );
    assert_eq!(artifact_response_of(&format!("{message}{STATUS}")), missing("ArtifactResponse", "Status", "Response"));
    assert_eq!(artifact_response_of(message), missing("ArtifactResponse", "Status", "Response"));
    assert_eq!(artifact_response_of(&format!("{STATUS}{message}text")), text("ArtifactResponse"));

    let document = parse(&format!("<p:ArtifactResponse {HEAD}>{STATUS}{message}</p:ArtifactResponse>"));
    let read = ArtifactResponse::read(document.root()).unwrap();
    assert_eq!(read.message.map(|message| message.source()), Some(message));
}

#[test]
fn debug_of_an_artifact_resolve_shows_no_artifact() {
    let resolve = ArtifactResolve {
        id: "_1",
        issue_instant: chrono::DateTime::UNIX_EPOCH,
        destination: None,
        issuer: "https://portal.example.nl/saml/metadata",
        artifact: "AAQAAMFbLinlXaCM",
    };
    let shown = format!("{resolve:?}");
    assert!(shown.contains("_1") && !shown.contains("AAQAAMFbLinlXaCM"), "{shown}");
}

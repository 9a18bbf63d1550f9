//! HTTP-Redirect and HTTP-POST encoders and decoders without IO.

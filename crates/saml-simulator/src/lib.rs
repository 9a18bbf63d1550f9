//! An identity provider to develop against: the Signicat broker with DigiD behind it.

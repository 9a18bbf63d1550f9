//! DigiD and Signicat profiles as data, levels of assurance, and the way from NameID to BSN.

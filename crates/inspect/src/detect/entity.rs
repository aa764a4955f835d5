//! The entities that detectors know, each with its public name.

macro_rules! entities {
    ($($variant:ident = $name:literal,)*) => {
        /// One kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Entity { $(#[doc = $name] $variant,)* }

        impl Entity {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }

        /// The name of every entity, in the order in which equally good findings win.
        pub const ENTITIES: &[&str] = &[$($name,)*];
    };
}

// Secrets first, then the strictest checksums: the order breaks ties.
entities! {
    PrivateKey = "PRIVATE_KEY",
    AwsAccessKeyId = "AWS_ACCESS_KEY_ID",
    AwsSecretKey = "AWS_SECRET_KEY",
    GithubToken = "GITHUB_TOKEN",
    GitlabToken = "GITLAB_TOKEN",
    SlackToken = "SLACK_TOKEN",
    SlackWebhook = "SLACK_WEBHOOK",
    StripeKey = "STRIPE_KEY",
    GoogleApiKey = "GOOGLE_API_KEY",
    AnthropicKey = "ANTHROPIC_KEY",
    OpenaiKey = "OPENAI_KEY",
    NpmToken = "NPM_TOKEN",
    HfToken = "HF_TOKEN",
    SendgridKey = "SENDGRID_KEY",
    DoToken = "DO_TOKEN",
    ShopifyToken = "SHOPIFY_TOKEN",
    TelegramToken = "TELEGRAM_TOKEN",
    DatabricksToken = "DATABRICKS_TOKEN",
    PypiToken = "PYPI_TOKEN",
    Jwt = "JWT",
    AzureKey = "AZURE_KEY",
    UrlPassword = "URL_PASSWORD",
    Password = "PASSWORD",
    GenericSecret = "GENERIC_SECRET",
    EmailAddress = "EMAIL_ADDRESS",
    CreditCard = "CREDIT_CARD",
    IbanCode = "IBAN_CODE",
    CryptoAddress = "CRYPTO_ADDRESS",
    UsSsn = "US_SSN",
    UsItin = "US_ITIN",
    UsAbaRouting = "US_ABA_ROUTING",
    UsNpi = "US_NPI",
    UsPassport = "US_PASSPORT",
    UsBankAccount = "US_BANK_ACCOUNT",
    UkNhs = "UK_NHS",
    UkNino = "UK_NINO",
    FrNir = "FR_NIR",
    ItFiscalCode = "IT_FISCAL_CODE",
    EsNif = "ES_NIF",
    EsNie = "ES_NIE",
    BrCpf = "BR_CPF",
    BrCnpj = "BR_CNPJ",
    DeTaxId = "DE_TAX_ID",
    PlPesel = "PL_PESEL",
    AuAbn = "AU_ABN",
    AuTfn = "AU_TFN",
    CaSin = "CA_SIN",
    FiHetu = "FI_HETU",
    SePersonnummer = "SE_PERSONNUMMER",
    NlBsn = "NL_BSN",
    InAadhaar = "IN_AADHAAR",
    InPan = "IN_PAN",
    SgNric = "SG_NRIC",
    KrRrn = "KR_RRN",
    IpAddress = "IP_ADDRESS",
    MacAddress = "MAC_ADDRESS",
    PhoneNumber = "PHONE_NUMBER",
    DateOfBirth = "DATE_OF_BIRTH",
}

impl Entity {
    /// The public name, such as `EMAIL_ADDRESS`.
    pub(crate) fn name(self) -> &'static str {
        ENTITIES.get(self as usize).copied().unwrap_or("UNKNOWN")
    }

    /// The entity of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let index = ENTITIES.iter().position(|entity| *entity == name)?;
        Self::ALL.get(index).copied()
    }
}

/// A set of entities, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntitySet(u64);

const _: () = assert!(ENTITIES.len() <= 64);

impl EntitySet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) fn insert(&mut self, entity: Entity) {
        self.0 |= 1 << entity as u64;
    }

    pub(crate) const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(crate) fn contains(self, entity: Entity) -> bool {
        self.0 & (1 << entity as u64) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

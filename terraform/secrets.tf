# Values travel as ephemeral variables into write-only arguments: neither plan nor state holds them.
# As Terraform cannot see a written value, a version number says when to write: 0 leaves the secret
# to the operator, a raised number writes the values given with it.

resource "aws_secretsmanager_secret" "qlik" {
  name                    = "${local.name}/qlik"
  description             = "JSON with api_token, or username and password, and ca_bundle if needed."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

resource "aws_secretsmanager_secret_version" "qlik" {
  count = var.qlik_secret_version > 0 ? 1 : 0

  secret_id                = aws_secretsmanager_secret.qlik.id
  secret_string_wo_version = var.qlik_secret_version
  secret_string_wo = jsonencode({
    for name, value in {
      api_token = var.qlik_api_token
      username  = var.qlik_username
      password  = var.qlik_password
      ca_bundle = var.qlik_ca_bundle
    } : name => value if value != ""
  })
}

resource "aws_secretsmanager_secret" "openai" {
  name                    = "${local.name}/openai"
  description             = "JSON with api_key; without a value the rules make every proposal."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

resource "aws_secretsmanager_secret_version" "openai" {
  count = var.openai_secret_version > 0 ? 1 : 0

  secret_id                = aws_secretsmanager_secret.openai.id
  secret_string_wo_version = var.openai_secret_version
  secret_string_wo         = jsonencode({ api_key = var.openai_api_key })
}

resource "aws_secretsmanager_secret" "approval" {
  name                    = "${local.name}/approval"
  description             = "JSON with key_id and key, which sign approval links."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

# Each uuid() holds 122 random bits, drawn anew when the version number rises and kept nowhere else.
# What it replaces stays in the secret as AWSPREVIOUS, which links that are out are still checked with.
resource "aws_secretsmanager_secret_version" "approval" {
  secret_id                = aws_secretsmanager_secret.approval.id
  secret_string_wo_version = var.approval_key_version
  secret_string_wo = jsonencode({
    key_id = "k${var.approval_key_version}"
    key    = sha256("${uuid()}${uuid()}${uuid()}")
  })
}

# Only where a provider signs people in. Without a value the console is a public client.
resource "aws_secretsmanager_secret" "oidc" {
  count = local.oidc_enabled ? 1 : 0

  name                    = "${local.name}/oidc"
  description             = "JSON with client_secret, the console's secret at its OpenID Connect provider."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

locals {
  chat_secret_arn = var.chat_enabled ? aws_secretsmanager_secret.chat[0].arn : ""
}

resource "aws_secretsmanager_secret" "chat" {
  count = var.chat_enabled ? 1 : 0

  name                    = "${local.name}/chat"
  description             = "JSON with signing_secret, and webhook_url where questions are posted to a channel."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
}

resource "aws_secretsmanager_secret_version" "chat" {
  count = var.chat_secret_version > 0 ? 1 : 0

  secret_id                = aws_secretsmanager_secret.chat[0].id
  secret_string_wo_version = var.chat_secret_version
  secret_string_wo = jsonencode({
    for name, value in {
      signing_secret = var.chat_signing_secret
      webhook_url    = var.chat_webhook_url
    } : name => value if value != ""
  })
}

resource "aws_secretsmanager_secret_version" "oidc" {
  count = local.oidc_enabled && var.oidc_secret_version > 0 ? 1 : 0

  secret_id                = aws_secretsmanager_secret.oidc[0].id
  secret_string_wo_version = var.oidc_secret_version
  secret_string_wo         = jsonencode({ client_secret = var.oidc_client_secret })
}

locals {
  oidc_enabled    = var.oidc_issuer != ""
  oidc_secret_arn = local.oidc_enabled ? aws_secretsmanager_secret.oidc[0].arn : ""
}

# Who may look at the console, and how they sign in.

variable "oidc_issuer" {
  description = "OpenID Connect provider that signs people in to the console, exactly as its description names itself; empty for none: then one-time links alone do."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^$|^(https://[^@/?#[:space:]]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?)(/[^@?#[:space:]]*)?$", var.oidc_issuer))
    error_message = "oidc_issuer must be empty or an https:// address without user name, query or fragment (http:// only for localhost)."
  }
}

variable "oidc_client_id" {
  description = "Name of the console at oidc_issuer."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = (var.oidc_client_id == "") == (var.oidc_issuer == "") && can(regex("^[^[:space:]]{0,255}$", var.oidc_client_id))
    error_message = "oidc_client_id must be 1 to 255 characters without spaces where oidc_issuer is given, and empty otherwise."
  }
}

variable "oidc_client_secret" {
  description = "Secret of oidc_client_id; empty for a public client, which proves itself by PKCE alone."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "oidc_secret_version" {
  description = "0: fill the provider's secret by `aws secretsmanager put-secret-value`, or leave it empty. From 1: Terraform writes oidc_client_secret; raise it to write a new one."
  type        = number
  default     = 0

  validation {
    condition     = var.oidc_secret_version >= 0 && floor(var.oidc_secret_version) == var.oidc_secret_version
    error_message = "oidc_secret_version must be a whole number from 0."
  }

  validation {
    condition     = (var.oidc_secret_version > 0) == (var.oidc_client_secret != "") && (var.oidc_secret_version == 0 || var.oidc_issuer != "")
    error_message = "oidc_secret_version from 1 needs oidc_issuer and oidc_client_secret, and oidc_client_secret needs oidc_secret_version from 1; with 0 leave the secret out and put its value yourself."
  }
}

variable "oidc_name_claim" {
  description = "Claim of the ID token that names a person; an e-mail address counts only when the provider has verified it."
  type        = string
  default     = "email"

  validation {
    condition     = can(regex("^[A-Za-z0-9_:/.-]{1,100}$", var.oidc_name_claim))
    error_message = "oidc_name_claim must be a claim's name, such as email, preferred_username or sub."
  }
}

variable "oidc_viewers" {
  description = "Names of people whom oidc_issuer signs in as viewers, separated by commas; * for everybody whom it lets in; empty for nobody but approvers."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = contains(["", "*"], trimspace(var.oidc_viewers)) || alltrue([for name in split(",", var.oidc_viewers) : !contains(["", "*"], trimspace(name))])
    error_message = "oidc_viewers must be names separated by commas, or * alone, or empty."
  }
}

variable "console_authorization" {
  description = "NONE: the console's sign-in alone decides. AWS_IAM: API Gateway also asks each request to it for a signature by an AWS identity that may call it; sign-in goes on as ever."
  type        = string
  default     = "NONE"

  validation {
    condition     = contains(["NONE", "AWS_IAM"], var.console_authorization)
    error_message = "console_authorization must be NONE or AWS_IAM."
  }

  # Nothing signs the request with which a provider sends a browser back.
  validation {
    condition     = var.console_authorization == "NONE" || var.oidc_issuer == ""
    error_message = "console_authorization AWS_IAM goes with one-time links alone: leave oidc_issuer empty."
  }
}

# Secrets, which neither plan nor state holds; secrets.tf says how.

variable "qlik_api_token" {
  description = "Personal access token for Qlik Enterprise Manager, or API key for Qlik Cloud."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "qlik_username" {
  description = "User name for Qlik Enterprise Manager, where no token is used."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "qlik_password" {
  description = "Password of qlik_username."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "qlik_ca_bundle" {
  description = "Certificates (PEM) that Qlik's own certificate is signed with, where no public authority did."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "qlik_secret_version" {
  description = "0: fill the Qlik secret by `aws secretsmanager put-secret-value`. From 1: Terraform writes the qlik_* values; raise it to write new ones."
  type        = number
  default     = 0

  validation {
    condition     = var.qlik_secret_version >= 0 && floor(var.qlik_secret_version) == var.qlik_secret_version
    error_message = "qlik_secret_version must be a whole number from 0."
  }

  validation {
    condition     = (var.qlik_secret_version > 0) == (var.qlik_api_token != "" || (var.qlik_username != "" && var.qlik_password != ""))
    error_message = "qlik_secret_version from 1 needs qlik_api_token, or qlik_username and qlik_password, and these need qlik_secret_version from 1; with 0 give neither and put the secret's value yourself."
  }
}

variable "openai_api_key" {
  description = "Key for the model. Without one the rules make every proposal."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "openai_secret_version" {
  description = "0: fill the OpenAI secret by `aws secretsmanager put-secret-value`, or leave it empty. From 1: Terraform writes openai_api_key; raise it to write a new one."
  type        = number
  default     = 0

  validation {
    condition     = var.openai_secret_version >= 0 && floor(var.openai_secret_version) == var.openai_secret_version
    error_message = "openai_secret_version must be a whole number from 0."
  }

  validation {
    condition     = (var.openai_secret_version > 0) == (var.openai_api_key != "")
    error_message = "openai_secret_version from 1 needs openai_api_key, and openai_api_key needs openai_secret_version from 1; with 0 leave the key out and put the secret's value yourself."
  }
}

variable "chat_signing_secret" {
  description = "What the chat tool signs its requests with: the signing secret of a Slack app, or 16 random characters and more."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = var.chat_signing_secret == "" || length(var.chat_signing_secret) >= 16
    error_message = "chat_signing_secret must have 16 characters at least: a shorter one could be guessed."
  }
}

variable "chat_webhook_url" {
  description = "Address of the channel that questions are posted to, an incoming webhook of Slack; empty: nothing is posted."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = var.chat_webhook_url == "" || startswith(var.chat_webhook_url, "https://")
    error_message = "chat_webhook_url must begin with https://."
  }
}

variable "chat_secret_version" {
  description = "0: fill the chat secret by `aws secretsmanager put-secret-value`. From 1: Terraform writes the chat_* values; raise it to write new ones."
  type        = number
  default     = 0

  validation {
    condition     = var.chat_secret_version >= 0 && floor(var.chat_secret_version) == var.chat_secret_version
    error_message = "chat_secret_version must be a whole number from 0."
  }

  validation {
    condition     = (var.chat_secret_version > 0) == (var.chat_signing_secret != "")
    error_message = "chat_secret_version from 1 needs chat_signing_secret, and chat_signing_secret needs chat_secret_version from 1; with 0 give neither and put the secret's value yourself."
  }

  validation {
    condition     = var.chat_secret_version == 0 || var.chat_enabled
    error_message = "chat_secret_version from 1 needs chat_enabled = true: without it there is no secret to write."
  }
}

variable "approval_key_version" {
  description = "Raise it for a new random key of approval links; links that are out work until it is raised a second time."
  type        = number
  default     = 1

  validation {
    condition     = var.approval_key_version >= 1 && floor(var.approval_key_version) == var.approval_key_version
    error_message = "approval_key_version must be a whole number from 1."
  }
}

variable "secret_recovery_days" {
  description = "Days for which a deleted secret can be brought back; 0 deletes at once."
  type        = number
  default     = 30

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30)
    error_message = "secret_recovery_days must be 0 or between 7 and 30."
  }
}

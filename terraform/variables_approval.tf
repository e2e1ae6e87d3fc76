# How people are asked. Every variable is the environment name of the same letters in lower case, and
# is held against what domain/approvers.py reads, so that a contradiction ends a plan and no function.

locals {
  approvers = [for entry in split(",", var.approvers) : trimspace(split("=", entry)[0]) if trimspace(entry) != ""]
  rewriters = [for name in split(",", var.destructive_approvers) : trimspace(name) if trimspace(name) != ""]

  # Without names one answer is all there can be: a link that everybody gets names nobody.
  most_approvals = max(1, length(local.approvers))
  most_by_risk = merge(
    { for risk in ["low", "moderate", "high"] : risk => local.most_approvals },
    { destructive = length(local.rewriters) > 0 ? length(local.rewriters) : local.most_approvals },
  )
}

variable "approval_timeout_seconds" {
  description = "Time a person has to answer; an unanswered proposal is escalated, never carried out."
  type        = number
  default     = 14400

  validation {
    condition     = var.approval_timeout_seconds >= 5 && var.approval_timeout_seconds <= 259200 && floor(var.approval_timeout_seconds) == var.approval_timeout_seconds
    error_message = "approval_timeout_seconds must be a whole number from 5 to 259200 (3 days)."
  }
}

variable "approvers" {
  description = "Who may answer: names separated by commas, an e-mail address as a rule, each with =chat id if wanted. Each gets a link of their own. Empty: one link goes to all subscribers."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for entry in split(",", var.approvers) : can(regex("^([^=]{1,100}(=.{0,100})?)?$", trimspace(entry))) && !can(regex("^anyone\\s*(=|$)", trimspace(entry)))])
    error_message = "approvers must be names, or name=chat id, separated by commas: at most 100 characters each, and not anyone."
  }

  validation {
    condition     = !can(regex("\\pC|[^\\PZ ]", var.approvers))
    error_message = "approvers must not hold characters that cannot be seen."
  }

  # The link is sent to a name that holds an @, through a filter in which SNS reads quotes and backslashes in a way of its own.
  validation {
    condition     = alltrue([for entry in split(",", var.approvers) : can(regex("^[^@]*$|^[^@[:space:]\"\\\\]+@[^@[:space:]\"\\\\]+\\.[^@[:space:]\"\\\\]+$", trimspace(split("=", entry)[0])))])
    error_message = "approvers with an @ in their name must be e-mail addresses."
  }

  validation {
    condition     = length([for entry in split(",", var.approvers) : entry if trimspace(entry) != ""]) <= 50
    error_message = "approvers must be 50 at most."
  }

  validation {
    condition = alltrue([
      for given in [
        [for entry in split(",", var.approvers) : lower(trimspace(split("=", entry)[0])) if trimspace(entry) != ""],
        [for entry in split(",", var.approvers) : trimspace(split("=", entry)[1]) if can(regex("=\\s*\\S", entry))],
      ] : length(distinct(given)) == length(given)
    ])
    error_message = "approvers must not hold a name or a chat id twice."
  }
}

variable "destructive_approvers" {
  description = "Which of the approvers may agree to what rewrites data: names separated by commas; empty for all of them."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for name in split(",", var.destructive_approvers) : contains(concat([""], local.approvers), trimspace(name))])
    error_message = "destructive_approvers must be names that stand in approvers, separated by commas."
  }

  validation {
    condition     = alltrue([for name in split(",", var.destructive_approvers) : length([for other in split(",", var.destructive_approvers) : other if trimspace(other) == trimspace(name)]) == 1 || trimspace(name) == ""])
    error_message = "destructive_approvers must not hold a name twice."
  }

  # 2936 characters of base64 are 2202 bytes. The console's other settings take about 1.7 of the 4 KB of its environment.
  validation {
    condition     = length(base64encode("${var.approvers}${var.destructive_approvers}${var.auto_restart_servers}${var.oidc_viewers}")) <= 2936
    error_message = "approvers, destructive_approvers, auto_restart_servers and oidc_viewers together must be 2200 bytes at most: the functions' environment holds no more."
  }
}

variable "approvals_needed" {
  description = "How many approvers have to agree, by the risk of an action, such as `low=1, destructive=2`; 1 for each that is left out."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for entry in split(",", var.approvals_needed) : can(regex("^((low|moderate|high|destructive)\\s*=\\s*[1-9][0-9]{0,3})?$", trimspace(entry)))])
    error_message = "approvals_needed must be risk=number separated by commas: a risk is low, moderate, high or destructive, a number is from 1."
  }

  validation {
    condition = alltrue([
      for entry in split(",", var.approvals_needed) :
      try(tonumber(trimspace(split("=", entry)[1])) <= local.most_by_risk[trimspace(split("=", entry)[0])], true)
    ])
    error_message = "approvals_needed must not ask for more people than may agree: those of approvers, or of destructive_approvers for what is destructive, and 1 where approvers is empty."
  }
}

variable "chat_enabled" {
  description = "Whether there is a chat secret: a tool that knows it may answer for approvers with a chat id, and questions are posted where it says."
  type        = bool
  default     = false
  nullable    = false
}

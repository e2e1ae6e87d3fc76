# Where the functions run, what the approval address takes and what AWS records.

variable "vpc_id" {
  description = "VPC of subnet_ids; null to run the functions outside any VPC."
  type        = string
  default     = null

  validation {
    condition     = (var.vpc_id == null) == (length(var.subnet_ids) == 0)
    error_message = "vpc_id and subnet_ids must be given together, or neither."
  }
}

variable "subnet_ids" {
  description = "Private subnets the functions run in. Without create_vpc_endpoints they need a NAT gateway; the model needs one in any case."
  type        = list(string)
  default     = []
}

variable "create_vpc_endpoints" {
  description = "Whether to create VPC endpoints, so that calls to AWS stay inside the VPC."
  type        = bool
  default     = false

  validation {
    condition     = !var.create_vpc_endpoints || (length(var.subnet_ids) > 0 && length(var.route_table_ids) > 0)
    error_message = "create_vpc_endpoints needs vpc_id, subnet_ids and route_table_ids."
  }
}

variable "route_table_ids" {
  description = "Route tables of subnet_ids, which get the way to DynamoDB's endpoint."
  type        = list(string)
  default     = []
}

variable "api_throttle_rate" {
  description = "Requests a second that the approval address takes, over all callers."
  type        = number
  default     = 10

  validation {
    condition     = var.api_throttle_rate >= 1 && var.api_throttle_rate <= 1000
    error_message = "api_throttle_rate must be between 1 and 1000."
  }
}

variable "api_access_logs_enabled" {
  description = "Whether every request to the approval address is logged. AWS needs a CloudWatch role in the account's API Gateway settings for it: see manage_api_gateway_account."
  type        = bool
  default     = false
}

variable "manage_api_gateway_account" {
  description = "Whether to set the CloudWatch role in API Gateway's settings. The setting is one for the whole account and region: leave false where something else sets it."
  type        = bool
  default     = false
}

variable "cloudtrail_enabled" {
  description = "Whether to record AWS API calls of this account and region with CloudTrail, in a bucket of the stack."
  type        = bool
  default     = false
}

variable "cloudtrail_retention_days" {
  description = "Days for which recorded API calls are kept."
  type        = number
  default     = 365

  validation {
    condition     = var.cloudtrail_retention_days >= 1 && floor(var.cloudtrail_retention_days) == var.cloudtrail_retention_days
    error_message = "cloudtrail_retention_days must be a whole number from 1."
  }
}

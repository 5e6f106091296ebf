import FoundationEssentials

/// The settings of a JSON file, by the names that they have in the environment.
///
/// Nested objects join their names, in any case and with either dash: `{"PORT": 8080}`, `{"polls": {"base-domain": …}}`.
struct ConfigurationFile {
    let values: [String: String]

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(.file, path, "the configuration file \(path) cannot be read")
        }
        try self.init(data: data, path: path)
    }

    init(data: Data, path: String) throws {
        guard let object = try? JSONDecoder().decode([String: Value].self, from: data) else {
            throw SettingsError(
                .file,
                path,
                "the configuration file \(path) is not a JSON object of texts, numbers and truth values"
            )
        }
        var values: [String: String] = [:]
        for (name, value) in object {
            try value.flatten(name) { name, text in
                guard values.updateValue(text, forKey: name) == nil else {
                    throw SettingsError(.file, path, "the configuration file \(path) has \(name) twice")
                }
            }
        }
        self.values = values
    }

    /// One value of the file.
    private enum Value: Decodable {
        case scalar(String)
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .scalar("\(flag)")
            } else if let number = try? container.decode(Int.self) {
                self = .scalar("\(number)")
            } else if let number = try? container.decode(Double.self) {
                self = .scalar("\(number)")
            } else if let text = try? container.decode(String.self) {
                self = .scalar(text)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        /// Gives each of its values, with the whole of its name.
        func flatten(_ name: String, _ give: (_ name: String, _ text: String) throws -> Void) rethrows {
            switch self {
            case .scalar(let text): try give(name.uppercased().replacing("-", with: "_"), text)
            case .object(let members):
                for (member, value) in members { try value.flatten(name + "_" + member, give) }
            }
        }
    }
}

import Markup

/// A question or a choice as somebody has written it: shown in its own direction, so that it turns nothing around it.
struct UserText {
    /// - Parameter substitute: what is shown instead where there is nothing to be seen.
    init(_ text: String, or substitute: String) {
        self.text = text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? substitute : text
    }

    let text: String

    var html: HTML { "<bdi>\(text)</bdi>" }
}
